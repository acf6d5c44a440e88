import { MEDIA_PORTS } from '../../../render/answers.mjs';
import { firewallDiffers, firewallStatus } from '../firewall.mjs';
import { bad, forPeople, good, unlessAny } from '../finding.mjs';
import { sockets } from '../parse.mjs';
import { unitRuns } from '../units.mjs';

const SSH_PORT = 22;
/** pm2-http-interface; nothing else uses it. */
const PM2_WEB_PORT = 9_615;
const DHCP_PORTS = [68, 546];

const isLoopback = (address) => address.startsWith('127.') || address === '::1';

const listening = (machine) =>
  machine.once('ss', async () => {
    const { code, stdout, stderr } = await machine.run('ss', ['-H', '-lntup']);
    if (code !== 0) throw new Error(stderr.trim());
    return sockets(stdout);
  });

const describeSocket = ({ protocol, address, port, programs }) =>
  `${protocol} ${address}:${port}${programs.length > 0 ? ` (${programs.join(', ')})` : ''}`;

/** @param {{ protocol?: string, port: number, program?: string, loopback: boolean }[]} wanted */
async function listens(machine, wanted) {
  const all = await listening(machine);
  const problems = [];
  const seen = [];
  for (const { protocol = 'tcp', port, program, loopback } of wanted) {
    const own = all.filter((socket) => socket.protocol === protocol && socket.port === port);
    seen.push(...own.map(describeSocket));
    if (own.length === 0) problems.push(`nothing listens on ${protocol} ${port}`);
    for (const socket of own) {
      if (loopback && !isLoopback(socket.address)) problems.push(`${describeSocket(socket)} is not on loopback`);
      if (program && !socket.programs.includes(program)) problems.push(`${describeSocket(socket)} is not ${program}`);
    }
    if (!loopback && own.length > 0 && own.every(({ address }) => isLoopback(address))) {
      problems.push(`${protocol} ${port} is on loopback only`);
    }
  }
  return unlessAny(problems, [...new Set(seen)].join(', '));
}

/** Whether the port map has a socket that others can reach. */
function isPlanned(machine, { protocol, port, programs }) {
  const by = (program) => programs.includes(program);
  const between = (first, last) => port >= first && port <= last;
  const media = machine.port('MEDIA_UDP_PORT_BASE');
  if (protocol === 'tcp') {
    if (port === SSH_PORT) return by('sshd');
    if (['HTTP_PORT', 'HTTPS_PORT'].some((name) => port === machine.port(name))) return by('nginx');
    return ['TURN_PORT', 'TURN_TLS_PORT'].some((name) => port === machine.port(name)) && by('turnserver');
  }
  if (DHCP_PORTS.includes(port)) return true;
  if (by('turnserver')) {
    return (
      port === machine.port('TURN_PORT') ||
      between(machine.port('TURN_RELAY_MIN_PORT'), machine.port('TURN_RELAY_MAX_PORT'))
    );
  }
  return between(media, media + MEDIA_PORTS - 1);
}

async function nothingElse(machine) {
  const strange = (await listening(machine)).filter(
    (socket) => !isLoopback(socket.address) && !isPlanned(machine, socket),
  );
  return strange.length === 0
    ? good('nothing but the port map is reachable')
    : bad(`also listening: ${strange.map(describeSocket).join(', ')}`);
}

async function defaults(machine) {
  const { active, incoming, outgoing } = await firewallStatus(machine);
  if (!active) return bad('ufw is not active');
  const seen = `${incoming} incoming, ${outgoing} outgoing`;
  return incoming === 'deny' && outgoing === 'allow' ? good(seen) : bad(seen);
}

async function rules(machine) {
  const difference = await firewallDiffers(machine);
  return difference === undefined ? good('exactly those of the answers') : bad(difference);
}

async function atBoot(machine) {
  if (!/^ENABLED=yes$/m.test(machine.read('/etc/ufw/ufw.conf') ?? '')) return bad('ENABLED is not yes in ufw.conf');
  return unitRuns(machine, 'ufw');
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const networkChecks = [
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
    id: '2.2-defaults',
    title: 'ufw denies incoming, allows outgoing',
    mend: 'sudo infra/parts/firewall/apply',
    root: true,
    look: defaults,
  },
  {
    id: '2.2-rules',
    title: 'ufw allows only the required ports',
    mend: 'sudo infra/parts/firewall/apply',
    root: true,
    look: rules,
  },
  {
    id: '2.2-boot',
    title: 'ufw comes back after a reboot',
    mend: 'sudo ufw --force enable && sudo systemctl enable --now ufw',
    look: atBoot,
  },
  {
    id: '2.3-relay',
    title: 'the relay listens on loopback only',
    mend: 'sudo infra/init.sh',
    root: true,
    look: (machine) => listens(machine, [{ port: machine.port('APP_PORT'), loopback: true }]),
  },
  {
    id: '2.3-https',
    title: 'nginx listens on 443',
    mend: 'systemctl status nginx; sudo nginx -t',
    root: true,
    look: (machine) => listens(machine, [{ port: machine.port('HTTPS_PORT'), program: 'nginx', loopback: false }]),
  },
  {
    id: '2.3-http',
    title: 'nginx listens on 80',
    mend: 'systemctl status nginx; sudo nginx -t',
    root: true,
    look: (machine) => listens(machine, [{ port: machine.port('HTTP_PORT'), program: 'nginx', loopback: false }]),
  },
  {
    id: '2.3-turn',
    title: 'coturn listens on 3478, UDP and TCP',
    mend: 'systemctl status coturn; sudo tail /var/log/turnserver/turn.log',
    root: true,
    look: (machine) =>
      listens(
        machine,
        ['udp', 'tcp'].map((protocol) => ({
          protocol,
          port: machine.port('TURN_PORT'),
          program: 'turnserver',
          loopback: false,
        })),
      ),
  },
  {
    id: '2.3-node-exporter',
    title: 'node_exporter listens on loopback only',
    mend: 'sudo infra/init.sh',
    root: true,
    look: (machine) => listens(machine, [{ port: machine.port('NODE_EXPORTER_PORT'), loopback: true }]),
  },
  {
    id: '2.3-pm2-web',
    title: 'no PM2 web interface',
    mend: 'sudo infra/parts/relay/pm2/pm2 delete pm2-http-interface && sudo infra/parts/relay/pm2/pm2 save --force',
    root: true,
    look: async (machine) => {
      const web = (await listening(machine)).filter(({ port }) => port === PM2_WEB_PORT);
      return web.length === 0 ? good('none') : bad(web.map(describeSocket).join(', '));
    },
  },
  {
    id: '2.3-nothing-else',
    title: 'nothing else can be reached',
    mend: 'stop what the line names, or bind it to 127.0.0.1',
    root: true,
    look: nothingElse,
  },
];
