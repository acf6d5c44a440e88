import { ATTRIBUTE } from '../../../parts/turn/stun.mjs';
import { bad, good, unlessAny } from '../finding.mjs';
import { plainMetrics } from '../parse.mjs';
import { challenge, credential, FINGERPRINT, INTERNAL_PEERS, refusalOf, relays, SOFTWARE } from '../turn.mjs';

const UNAUTHORIZED = 401;
const WRONG_SECRET = 'not-the-secret-of-this-server-000000';
const METRICS = '/var/lib/prometheus/node-exporter/turn.prom';
const MAX_METRICS_AGE_DAYS = 10 / 1_440;
const MINUTES_A_DAY = 1_440;

const settings = (machine) => {
  const text = machine.read('/etc/turnserver.conf') ?? '';
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return lines.map((line) => line.split('='));
};
const setting = (machine, name) => settings(machine).find(([own]) => own === name)?.[1];

async function rotatingCredentials(machine) {
  const fixed = settings(machine).filter(([name]) => name === 'user' || name === 'static-auth-secret');
  if (fixed.length > 0) return bad('turnserver.conf holds fixed credentials');
  const refusal = await refusalOf(machine, credential(machine));
  return refusal === undefined
    ? good('what the relay mints is valid')
    : bad(`what the relay mints is answered ${refusal}`);
}

async function realm(machine) {
  const { attributes } = await challenge(machine);
  const seen = attributes.get(ATTRIBUTE.realm)?.toString() ?? 'none';
  const wanted = machine.answer('TURN_DOMAIN');
  return seen === wanted ? good(seen) : bad(`${seen}, wanted: ${wanted}`);
}

async function publicAddress(machine) {
  const { relayed } = await relays(machine, 'udp');
  const wanted = machine.answer('PUBLIC_IP');
  return relayed.startsWith(`${wanted}:`)
    ? good(`it hands out ${relayed}`)
    : bad(`it hands out ${relayed}, wanted: ${wanted}`);
}

async function portRange(machine) {
  const port = Number((await relays(machine, 'udp')).relayed.split(':')[1]);
  const [min, max] = [machine.port('TURN_RELAY_MIN_PORT'), machine.port('TURN_RELAY_MAX_PORT')];
  const range = `${min}-${max}`;
  return unlessAny(
    [
      setting(machine, 'min-port') === String(min) && setting(machine, 'max-port') === String(max)
        ? ''
        : `turnserver.conf does not say ${range}`,
      port >= min && port <= max ? '' : `${port} was handed out`,
    ].filter(Boolean),
    range,
  );
}

async function defaults(machine) {
  const { attributes } = await challenge(machine);
  const names = new Set(settings(machine).map(([name]) => name));
  const missing = ['fingerprint', 'no-cli', 'no-multicast-peers', 'no-tlsv1', 'no-tlsv1_1'].filter(
    (name) => !names.has(name),
  );
  return unlessAny(
    [
      attributes.has(FINGERPRINT) ? '' : 'answers have no fingerprint',
      // 4.5.2 names itself None.
      /\d/.test(attributes.get(SOFTWARE)?.toString()) ? 'answers tell the version' : '',
      ...missing.map((name) => `no ${name} in turnserver.conf`),
    ].filter(Boolean),
    'fingerprints, no version, no console',
  );
}

async function noOpenRelay(machine) {
  const [{ errorCode }, wrong] = await Promise.all([
    challenge(machine),
    refusalOf(machine, credential(machine, WRONG_SECRET)),
  ]);
  return unlessAny(
    [
      errorCode === UNAUTHORIZED ? '' : `without credentials it answers ${errorCode}`,
      wrong === UNAUTHORIZED
        ? ''
        : `with wrong credentials it ${wrong === undefined ? 'allocates' : `answers ${wrong}`}`,
    ].filter(Boolean),
    'refused without, and with wrong credentials',
  );
}

async function peers(machine) {
  const { media, open } = await relays(machine, 'udp');
  return unlessAny(
    [
      media ? '' : "the relay's media cannot be reached",
      open.length === 0 ? '' : `it would relay to ${open.join(', ')}`,
    ].filter(Boolean),
    `the relay's media; none of ${INTERNAL_PEERS.join(', ')}`,
  );
}

function quotas(machine) {
  const names = ['user-quota', 'total-quota', 'max-bps', 'bps-capacity'];
  const missing = names.filter((name) => !(Number(setting(machine, name)) > 0));
  return missing.length === 0
    ? good(names.map((name) => `${name} ${setting(machine, name)}`).join(', '))
    : bad(`not set: ${missing.join(', ')}`);
}

function counted(machine) {
  if (machine.stat('/var/log/turnserver/turn.log') === undefined)
    return bad('there is no /var/log/turnserver/turn.log');
  const age = machine.ageInDays(METRICS);
  const failures = plainMetrics(machine.read(METRICS) ?? '').get('azaan_turn_auth_failures_total');
  if (age === undefined || failures === undefined) return bad(`${METRICS} does not count refusals`);
  return age <= MAX_METRICS_AGE_DAYS
    ? good(`${failures} refusals in the present log`)
    : bad(`last counted ${Math.round(age * MINUTES_A_DAY)} minutes ago`);
}

const way = (transport) => async (machine) => good(`allocated ${(await relays(machine, transport)).relayed}`);

const MEND = 'docs/runbooks/turn-connectivity-degradation.md';
const INIT = 'sudo infra/init.sh';

/** @type {readonly import('../examine.mjs').Check[]} */
export const turnChecks = [
  {
    id: '5.1-credentials',
    title: 'rotating credentials',
    mend: 'sudo infra/parts/turn/secrets sync',
    root: true,
    look: rotatingCredentials,
  },
  { id: '5.1-realm', title: 'the realm is the TURN name', mend: INIT, look: realm },
  { id: '5.1-address', title: 'it hands out the public address', mend: INIT, root: true, look: publicAddress },
  { id: '5.1-ports', title: 'it relays on its range of ports', mend: INIT, root: true, look: portRange },
  { id: '5.1-defaults', title: 'fingerprints and secure defaults', mend: INIT, root: true, look: defaults },
  { id: '5.2-open-relay', title: 'no open relay', mend: INIT, root: true, look: noOpenRelay },
  { id: '5.2-peers', title: "it relays to the relay's media, and nowhere else", mend: INIT, root: true, look: peers },
  { id: '5.2-quota', title: 'bandwidth and quota are limited', mend: INIT, root: true, look: quotas },
  {
    id: '5.2-failures',
    title: 'refused logins are logged and counted',
    mend: 'systemctl status azaan-textfile.timer; sudo systemctl start azaan-textfile',
    root: true,
    look: counted,
  },
  { id: '5.3-udp', title: 'TURN works over UDP', mend: MEND, root: true, look: way('udp') },
  { id: '5.3-tcp', title: 'TURN works over TCP', mend: MEND, root: true, look: way('tcp') },
  { id: '5.3-tls', title: 'TURN works over TLS on 443', mend: MEND, root: true, look: way('tls') },
  {
    id: '5.3-mobile',
    title: 'phones on mobile and guest networks connect',
    mend: 'docs/operations/go-live.md, step 10, with a phone on mobile data and in a guest network',
  },
];
