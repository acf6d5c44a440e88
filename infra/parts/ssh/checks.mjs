import { join } from 'node:path';
import { unlessAny } from '../../lib/doctor/finding.mjs';
import { INFRA } from '../../lib/doctor/machine.mjs';
import { firewallDiffers } from '../firewall/checks.mjs';

/** As sshd would start now; the first of each name. */
const settings = (machine) =>
  machine.once('sshd -T', async () => {
    const own = machine.root === '' ? [] : ['-f', machine.path('/etc/ssh/sshd_config')];
    const lines = (await machine.output('/usr/sbin/sshd', ['-T', ...own])).split('\n').reverse();
    return new Map(lines.map((line) => line.split(/ (.*)/)));
  });

async function differences(machine, wanted) {
  const own = await settings(machine);
  return Object.entries(wanted).map(
    ([name, value]) => own.get(name) !== value && `${name} ${own.get(name)}, wanted: ${value}`,
  );
}

const says = (wanted) => async (machine) =>
  unlessAny(
    await differences(machine, wanted),
    Object.entries(wanted)
      .map((pair) => pair.join(' '))
      .join(', '),
  );

async function keysFromAdministrators(machine) {
  const [keys, access, difference] = await Promise.all([
    differences(machine, { pubkeyauthentication: 'yes' }),
    machine.run(join(INFRA, 'parts/ssh/check-access')),
    firewallDiffers(machine),
  ]);
  const networks = machine.value('ADMIN_CIDRS');
  return unlessAny(
    [
      ...keys,
      access.code !== 0 && access.stderr.trim(),
      networks.length === 0 && 'ADMIN_CIDRS is empty',
      difference && `ufw does not hold others off: ${difference}`,
    ],
    `${access.stdout.trim()}; from ${networks.join(' ')}`,
  );
}

/** The first file that says it counts, and init.sh leaves those of others alone. */
const mend = (name) => `sudo infra/init.sh; sudo grep -rin ${name} /etc/ssh`;

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '14-ssh-passwords',
    title: 'SSH takes no passwords',
    mend: mend('authentication'),
    root: true,
    look: says({ passwordauthentication: 'no', kbdinteractiveauthentication: 'no' }),
  },
  {
    id: '14-ssh-root',
    title: 'root cannot log in by SSH',
    mend: mend('permitrootlogin'),
    root: true,
    look: says({ permitrootlogin: 'no' }),
  },
  {
    id: '14-ssh-keys',
    title: 'SSH by key only, from administrators only',
    mend: 'sudo infra/init.sh, which names what it cannot mend; docs/operations/go-live.md, step 5',
    root: true,
    look: keysFromAdministrators,
  },
];
