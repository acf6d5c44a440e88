import { bad, good, unknown, unlessAny } from '../finding.mjs';
import { aptValues, installedPackages, upgrades } from '../parse.mjs';

const APT_DEADLINE_MS = 30_000;
const PACKAGES = [
  ...['nginx', 'certbot', 'python3-certbot-nginx', 'coturn', 'ufw', 'fail2ban', 'htop', 'jq', 'curl', 'git'],
  ...['prometheus-node-exporter', 'unattended-upgrades'],
];
const SHOWN = 5;
const MAX_LIST_AGE_DAYS = 7;
const MAX_UPGRADE_AGE_DAYS = 7;
const STAMPS = ['/var/lib/apt/periodic/unattended-upgrades-stamp', '/var/lib/apt/periodic/upgrade-stamp'];

async function patched(machine) {
  const listAge = machine.ageInDays('/var/lib/apt/lists');
  if (listAge === undefined || listAge > MAX_LIST_AGE_DAYS) {
    return bad(`package lists are ${listAge === undefined ? 'not there' : `${Math.round(listAge)} days old`}`);
  }
  const options = { timeoutMs: APT_DEADLINE_MS - 1_000 };
  const { code, stdout, stderr } = await machine.run('apt-get', ['--simulate', 'upgrade'], options);
  if (code !== 0) return unknown(stderr.trim().split('\n')[0] ?? '');
  const waiting = upgrades(stdout);
  const security = waiting.filter((upgrade) => upgrade.security).map(({ name }) => name);
  if (security.length > 0) {
    return bad(
      `${security.length} security updates wait: ${security.slice(0, SHOWN).join(', ')}${security.length > SHOWN ? ', …' : ''}`,
    );
  }
  return good(`no security update waits; ${waiting.length} others`);
}

async function unattended(machine) {
  const { stdout } = await machine.run('apt-config', ['dump']);
  const switches = ['APT::Periodic::Update-Package-Lists', 'APT::Periodic::Unattended-Upgrade'];
  const off = switches.filter((name) => !(Number(aptValues(stdout, name).at(-1) ?? 0) > 0));
  const origins = ['Unattended-Upgrade::Origins-Pattern', 'Unattended-Upgrade::Allowed-Origins']
    .flatMap((name) => aptValues(stdout, name))
    .join(' ');
  return unlessAny(
    [...off.map((name) => `${name} is off`), ...(/security/i.test(origins) ? [] : ['no security origin is allowed'])],
    'security updates are installed every day',
  );
}

function lastUpgrade(machine) {
  const ages = STAMPS.map((stamp) => machine.ageInDays(stamp)).filter((age) => age !== undefined);
  if (ages.length === 0) return unknown('they have not run by themselves yet: they do within a day');
  const days = Math.min(...ages);
  const seen = `${days.toFixed(1)} days ago`;
  return days <= MAX_UPGRADE_AGE_DAYS ? good(seen) : bad(seen);
}

async function present(machine) {
  const { stdout } = await machine.run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n']);
  const installed = installedPackages(stdout);
  const missing = PACKAGES.filter((name) => !installed.has(name));
  return missing.length === 0 ? good(`all ${PACKAGES.length}`) : bad(`missing: ${missing.join(', ')}`);
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const packageChecks = [
  {
    id: '1.3-patched',
    title: 'the operating system is patched',
    mend: 'sudo apt-get update && sudo apt-get upgrade',
    root: true,
    deadlineMs: APT_DEADLINE_MS,
    look: patched,
  },
  {
    id: '1.3-unattended',
    title: 'unattended security updates are on',
    mend: 'sudo infra/init.sh',
    look: unattended,
  },
  {
    id: '1.3-last-upgrade',
    title: 'unattended updates ran within a week',
    mend: 'sudo unattended-upgrade --dry-run --debug; systemctl list-timers apt-daily-upgrade.timer',
    look: lastUpgrade,
  },
  { id: '1.3-packages', title: 'the required packages are installed', mend: 'sudo infra/init.sh', look: present },
];
