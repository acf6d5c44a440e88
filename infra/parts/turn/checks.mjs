import { bad, good, unlessAny } from '../../lib/doctor/finding.mjs';
import { INTERNAL_PEERS, refusalOf, relays } from './ask.mjs';
import { ATTRIBUTE } from './stun.mjs';

const UNAUTHORIZED = 401;
const WRONG_SECRET = 'not-the-secret-of-this-server-000000';
/** Attributes of RFC 8489 that tell how coturn is set up. */
const SOFTWARE = 0x8022;
const FINGERPRINT = 0x8028;

async function rotatingCredentials(machine) {
  const refusal = await refusalOf(machine, machine.value('TURN_SECRETS')[0]);
  return refusal === undefined
    ? good('what the relay mints is valid')
    : bad(`what the relay mints is answered ${refusal}`);
}

async function relayedAddress(machine) {
  const { relayed } = await relays(machine, 'udp');
  const [address, port] = relayed.split(':');
  const wanted = machine.answer('PUBLIC_IP');
  const [min, max] = [machine.port('TURN_RELAY_MIN_PORT'), machine.port('TURN_RELAY_MAX_PORT')];
  const isRight = address === wanted && Number(port) >= min && Number(port) <= max;
  return isRight ? good(`it hands out ${relayed}`) : bad(`it hands out ${relayed}, wanted: ${wanted}:${min}-${max}`);
}

async function defaults(machine) {
  const { attributes } = (await relays(machine, 'udp')).firstAnswer;
  const realm = attributes.get(ATTRIBUTE.realm)?.toString();
  const wanted = machine.answer('TURN_DOMAIN');
  return unlessAny(
    [
      realm !== wanted && `the realm is ${realm}, wanted: ${wanted}`,
      !attributes.has(FINGERPRINT) && 'answers have no fingerprint',
      // 4.5.2 names itself None.
      /\d/.test(attributes.get(SOFTWARE)?.toString()) && 'answers tell the version',
    ],
    `realm ${realm}, fingerprints, no version`,
  );
}

async function noOpenRelay(machine) {
  const { errorCode } = (await relays(machine, 'udp')).firstAnswer;
  const wrong = await refusalOf(machine, WRONG_SECRET);
  return unlessAny(
    [
      errorCode !== UNAUTHORIZED && `without credentials it answers ${errorCode}`,
      wrong !== UNAUTHORIZED && `with wrong credentials it ${wrong === undefined ? 'allocates' : `answers ${wrong}`}`,
    ],
    'refused without, and with wrong credentials',
  );
}

async function peers(machine) {
  const { media, open } = await relays(machine, 'udp');
  return unlessAny(
    [!media && "the relay's media cannot be reached", open.length > 0 && `it would relay to ${open.join(', ')}`],
    `the relay's media; none of ${INTERNAL_PEERS.join(', ')}`,
  );
}

async function everyWay(machine) {
  machine.answer('TURN_DOMAIN');
  const ways = ['udp', 'tcp', 'tls'];
  const tried = await Promise.allSettled(ways.map((transport) => relays(machine, transport)));
  return unlessAny(
    tried.map(({ reason }, index) => reason && `${ways[index]}: ${reason.cause?.message ?? reason.message}`),
    tried.map(({ value }, index) => `${ways[index]}: ${value?.relayed}`).join(', '),
  );
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '5.1-credentials',
    title: 'rotating credentials',
    mend: 'sudo infra/parts/turn/secrets sync',
    look: rotatingCredentials,
  },
  { id: '5.1-address', title: 'it hands out the public address, and its range of ports', look: relayedAddress },
  { id: '5.1-defaults', title: 'its own realm, fingerprints and secure defaults', look: defaults },
  { id: '5.2-open-relay', title: 'no open relay', look: noOpenRelay },
  { id: '5.2-peers', title: "it relays to the relay's media, and nowhere else", look: peers },
  {
    id: '5.3-ways',
    title: 'TURN works over UDP, over TCP, and over TLS on 443',
    mend: 'docs/runbooks/turn-connectivity-degradation.md',
    look: everyWay,
  },
  {
    id: '5.3-mobile',
    title: 'phones on mobile and guest networks connect',
    mend: 'docs/operations/go-live.md, step 10, with a phone on mobile data and in a guest network',
  },
];
