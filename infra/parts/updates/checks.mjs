import { bad, good, unknown } from '../../lib/doctor/finding.mjs';
import { upgrades } from '../../lib/doctor/parse.mjs';
import { unitsRun } from '../../lib/doctor/units.mjs';

const APT_DEADLINE_MS = 30_000;
const SHOWN = 5;
const MAX_AGE_DAYS = 7;

async function patched(machine) {
  const listAge = machine.ageInDays('/var/lib/apt/lists') ?? Infinity;
  if (listAge > MAX_AGE_DAYS) return bad(`package lists are ${Math.round(listAge)} days old`);
  const options = { timeoutMs: APT_DEADLINE_MS - 1_000 };
  const { code, stdout, stderr } = await machine.run('apt-get', ['--simulate', 'upgrade'], options);
  if (code !== 0) return unknown(stderr.trim().split('\n')[0] ?? '');
  const waiting = upgrades(stdout);
  const security = waiting.filter((upgrade) => upgrade.security).map(({ name }) => name);
  if (security.length === 0) return good(`no security update waits; ${waiting.length} others`);
  const more = security.length > SHOWN ? ', …' : '';
  return bad(`${security.length} security updates wait: ${security.slice(0, SHOWN).join(', ')}${more}`);
}

async function patchCycle(machine) {
  const waiting = machine.ageInDays('/run/reboot-required');
  if (waiting > MAX_AGE_DAYS)
    return bad(
      `a reboot has been due for ${Math.round(waiting)} days`,
      'docs/runbooks/safe-reboot-maintenance-mode.md',
    );
  const settings = await machine.output('apt-config', ['dump']);
  const off = ['Update-Package-Lists', 'Unattended-Upgrade'].filter(
    (name) => !new RegExp(`^APT::Periodic::${name} "[1-9]`, 'm').test(settings),
  );
  if (off.length > 0) return bad(`${off.join(', ')} is off`);
  return unitsRun(machine, 'apt-daily.timer', 'apt-daily-upgrade.timer');
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '1.3-patched',
    title: 'the operating system is patched',
    mend: 'sudo apt-get update && sudo apt-get upgrade',
    deadlineMs: APT_DEADLINE_MS,
    look: patched,
  },
  {
    id: '14-patch-cycle',
    title: 'the operating system is patched every day',
    mend: 'sudo infra/init.sh; sudo grep -rn Periodic /etc/apt/apt.conf.d',
    look: patchCycle,
  },
];
