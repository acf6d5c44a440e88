import { join } from 'node:path';
import { bad, forPeople, unlessAny } from '../../lib/doctor/finding.mjs';
import { INFRA } from '../../lib/doctor/machine.mjs';
import { sockets } from '../../lib/doctor/parse.mjs';
import { unitsRun } from '../../lib/doctor/units.mjs';
import { MEDIA_PORTS } from '../../render/answers.mjs';

/** Rules and defaults as ufw has them loaded. @returns {Promise<string | undefined>} what differs from the answers */
export const firewallDiffers = (machine) =>
  machine.once('firewall', async () => {
    machine.answer('ADMIN_CIDRS');
    const env = { AZAAN_ANSWERS: machine.answersFile };
    const { code, stdout, stderr } = await machine.run(join(INFRA, 'parts/firewall/apply'), ['--check'], { env });
    return code === 0 ? undefined : (stdout || stderr).trim();
  });

async function rules(machine) {
  const difference = await firewallDiffers(machine);
  const status = await machine.output('ufw', ['status']);
  const unit = await unitsRun(machine, 'ufw');
  return unlessAny(
    [
      !/^Status: active$/m.test(status) && 'ufw is not active',
      difference,
      !/^ENABLED=yes$/m.test(machine.read('/etc/ufw/ufw.conf') ?? '') && 'ENABLED is not yes in ufw.conf',
      unit.status !== 'ok' && unit.seen,
    ],
    'exactly those of the answers, from every start on',
  );
}

/**
 * The port map: `program` is undefined where anyone may listen, `loopback` what nobody else may reach, `needed` what
 * must be there.
 *
 * @returns {{ protocol: string, from: number, to: number, program?: string, loopback?: true, needed?: true }[]}
 */
function portMap(machine) {
  const port = (name) => machine.port(name);
  const at = (protocol, from, program, more = {}) => ({ protocol, from, to: from, program, ...more });
  const needed = { needed: true };
  const inside = { needed: true, loopback: true };
  const media = port('MEDIA_UDP_PORT_BASE');
  return [
    at('tcp', port('APP_PORT'), undefined, inside),
    at('tcp', port('NODE_EXPORTER_PORT'), undefined, inside),
    at('tcp', port('HTTP_PORT'), 'nginx', needed),
    at('tcp', port('HTTPS_PORT'), 'nginx', needed),
    at('udp', port('TURN_PORT'), 'turnserver', needed),
    at('tcp', port('TURN_PORT'), 'turnserver', needed),
    at('tcp', port('TURN_TLS_PORT'), 'turnserver'),
    at('udp', port('TURN_RELAY_MIN_PORT'), 'turnserver', { to: port('TURN_RELAY_MAX_PORT') }),
    at('udp', media, undefined, { to: media + MEDIA_PORTS - 1 }),
    at('tcp', 22, 'sshd'),
    // DHCP, of IPv4 and IPv6.
    at('udp', 68),
    at('udp', 546),
  ];
}

const isLoopback = ({ address }) => address.startsWith('127.') || address === '::1';
const isAt = ({ protocol, port }, place) => protocol === place.protocol && port >= place.from && port <= place.to;
const isBy = ({ programs }, { program }) => program === undefined || programs.includes(program);
const describe = ({ protocol, address, port, programs }) =>
  `${protocol} ${address}:${port}${programs.length > 0 ? ` (${programs.join(', ')})` : ''}`;

async function ports(machine) {
  const map = portMap(machine);
  const all = sockets(await machine.output('ss', ['-H', '-lntup']));
  const needed = map.filter((place) => place.needed);
  const problems = needed.flatMap((place) => {
    const own = all.filter((socket) => isAt(socket, place));
    if (own.length === 0) return [`nothing listens on ${place.protocol} ${place.from}`];
    return [
      ...own.filter((socket) => !isBy(socket, place)).map((socket) => `${describe(socket)} is not ${place.program}`),
      ...own
        .filter((socket) => place.loopback && !isLoopback(socket))
        .map((socket) => `${describe(socket)} is not on loopback`),
      !place.loopback && own.every(isLoopback) && `${place.protocol} ${place.from} is on loopback only`,
    ];
  });
  const open = map.filter(({ loopback }) => !loopback);
  const strange = all.filter(
    (socket) => !isLoopback(socket) && !open.some((place) => isAt(socket, place) && isBy(socket, place)),
  );
  return unlessAny(
    [...problems, strange.length > 0 && `also listening: ${strange.map(describe).join(', ')}`],
    `${needed.map(({ protocol, from }) => `${protocol} ${from}`).join(', ')}; nothing else can be reached`,
  );
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '2.1-provider-firewall',
    title: "the provider's firewall has the seven rules of the plan",
    mend: 'docs/operations/go-live.md, step 3; probe from another network with nmap',
  },
  {
    id: '2.1-admin-addresses',
    title: 'ADMIN_CIDRS are the addresses of administrators, of nobody else',
    mend: 'edit ADMIN_CIDRS of /etc/azaan/azaan.env, then sudo infra/init.sh',
    look: (machine) => {
      const networks = machine.value('ADMIN_CIDRS');
      return networks.length === 0
        ? bad('ADMIN_CIDRS is empty: ssh is open to everyone, or to nobody')
        : forPeople(`${networks.join(' ')}: only a person can know`);
    },
  },
  {
    id: '2.2-rules',
    title: 'ufw lets in only the required ports, and comes back after a reboot',
    mend: 'sudo infra/parts/firewall/apply; sudo ufw --force enable && sudo systemctl enable --now ufw',
    look: rules,
  },
  {
    id: '2.3-ports',
    title: 'everybody listens where the port map has them, and nobody else',
    mend: 'sudo infra/init.sh; for what else is listening: stop it, or bind it to 127.0.0.1',
    look: ports,
  },
];
