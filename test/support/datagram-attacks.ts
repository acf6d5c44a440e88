import fc from 'fast-check';
import { CAPTURED, readCaptures, type Captured } from './captures.js';
import { isDtls, isSrtcp, isSrtp, isStun } from './datagram-kinds.js';
import { dtlsClientHello, inTwoPieces } from './dtls-client-hello.js';
import { renumbered } from './dtls-pair.js';
import type { EngineClient } from './engine-client.js';
import { forgedDtlsRecords, forgedGoodbye, forgedRtp, noise } from './hostile-datagrams.js';
import { iceCheck, stunIndication, type IceLogin } from './ice-check.js';
import { malformedChecks } from './malformed-checks.js';
import { ATTRIBUTE, STUN_METHOD, stunAttribute, stunMessage } from './stun.js';

const STUN_HEADER_BYTES = 20;
const RTP_HEADER_BYTES = 12;
const PAYLOAD_TYPE = 111;
const RTCP_HEADER_BYTES = 8;
/** No byte is changed. */
const WHOLE = -1;

const captures = [...readCaptures().values()].flat();
const captured = (kind: Captured['kind'], is: (datagram: Buffer) => boolean = () => true): Buffer[] =>
  captures.filter((each) => each.kind === kind && is(each.bytes)).map(({ bytes }) => bytes);
const OF_WIRE = captured(CAPTURED.wire);
const CHECKS = captured(CAPTURED.wire, isStun);
const RECORDS = captured(CAPTURED.wire, isDtls);
const RTP = captured(CAPTURED.opened, isSrtp);
const RTCP = captured(CAPTURED.opened, isSrtcp);

/** How bytes are changed: one of them, mostly in headers, whose fields are what is believed; then cut, then prolonged. */
export interface Damage {
  readonly at: number;
  readonly value: number;
  readonly keep: number;
  readonly more: Uint8Array;
}

export interface Attack {
  /** Who sends it, of those who may. */
  readonly who: number;
  readonly kind: AttackKind;
  /** Which of several of its kind. */
  readonly which: number;
  readonly damage: Damage;
}

/** What a hostile sender knows: its own login, what it sent before, and keys once it joined. */
export interface Attacker {
  readonly login: IceLogin;
  readonly client: EngineClient | undefined;
  /** What it sent last, to be sent again. */
  last: Buffer;
  checks?: readonly Buffer[];
}

/** Each gives the datagrams that are sent, in this order. */
const KINDS = {
  noise: () => [noise()],
  capture: ({ which, damage }) => [damaged(pick(OF_WIRE, which), damage)],
  foreignCheck: ({ which }) => [which % 2 === 0 ? iceCheck('aaaaaaaaaaaaaaaa:b') : stunIndication()],
  wronglySigned: ({ which, damage }, { login }) => [
    damaged(iceCheck(login.userName, which % 2 ? 'x' : undefined), damage),
  ],
  malformedCheck: ({ which }, attacker) => {
    attacker.checks ??= malformedChecks(attacker.login).map(([, datagram]) => datagram);
    return [pick(attacker.checks, which)];
  },
  /** What a browser's check says, changed, and signed as it should be. */
  signedCheck: ({ which, damage }, { login: { userName, password } }) => {
    const body = attributesOf(pick(CHECKS, which));
    const attributes = [[ATTRIBUTE.username, Buffer.from(userName)]] as const;
    return [stunMessage({ type: STUN_METHOD.request, attributes, password, raw: damaged(body, damage) })];
  },
  goodCheck: (_, { login: { userName, password } }) => [iceCheck(userName, password)],
  hello: ({ which, damage }) => {
    const profiles = which % 3 === 0 ? { srtpProfiles: [0xff00 + (which & 0xff)] } : {};
    const hello = dtlsClientHello(profiles);
    const pieces = inTwoPieces(hello, 1 + (which % (hello.length - 40)), 0);
    return pick(
      [
        [damaged(hello, damage)],
        [hello, hello],
        [hello, renumbered(hello, 1)],
        [pieces[1], pieces[0]],
        [pieces[0], renumbered(pieces[0], 5), damaged(pieces[1], damage)],
        [damaged(pieces[1], damage)],
        [Buffer.concat([hello, hello, damaged(hello, damage)])],
      ],
      which,
    );
  },
  /** Of another handshake, or of a page's. */
  records: ({ which, damage }, { client }) => [damaged(pick([...(client?.dtlsSent ?? []), ...RECORDS], which), damage)],
  forgedRecords: ({ which }) => [pick(forgedDtlsRecords(), which)],
  manyRecords: ({ which }) => [Buffer.concat(Array<Buffer>(200).fill(pick(forgedDtlsRecords(), which)))],
  forgedMedia: ({ which, damage }) => [
    damaged(which % 2 === 0 ? forgedRtp({ payloadType: 111, ssrc: 1 }) : forgedGoodbye(which), damage),
  ],
  sealedRtp: ({ which, damage }, { client }) => {
    if (client === undefined) return [];
    const packet = damaged(pick(RTP, which), damage);
    if (packet.length < RTP_HEADER_BYTES) return [];
    // Other versions are no RTP, and looked at no further.
    packet[0] = 0x80 | (packet[0]! & 0x3f);
    return [client.sealRtp(packet, which % 4 !== 0)];
  },
  /** With header extensions of either form (RFC 8285), whose elements say what they like. */
  sealedExtensions: ({ which, damage }, { client }) => {
    if (client === undefined) return [];
    const words = 1 + (which % 6);
    const packet = Buffer.alloc(RTP_HEADER_BYTES + 4 + words * 4 + damage.more.length, which >> 8);
    packet.writeUInt16BE(0x9000 | PAYLOAD_TYPE, 0);
    packet.writeUInt16BE(which % 2 === 0 ? 0xbede : 0x1000, RTP_HEADER_BYTES);
    packet.writeUInt16BE(words, RTP_HEADER_BYTES + 2);
    packet.set(damage.more, RTP_HEADER_BYTES + 4);
    if (which % 8 === 0) packet[damage.at % packet.length] = damage.value;
    // Behind other elements, our own stands last and has no room.
    if (which % 3 === 0) packet.fill(0, RTP_HEADER_BYTES + 4).writeUInt8(0x10, RTP_HEADER_BYTES + 3 + words * 4);
    packet[0] = 0x80 | (packet[0]! & 0x3f);
    return [client.sealRtp(packet, true)];
  },
  sealedRtcp: ({ which, damage }, { client }) => {
    if (client === undefined) return [];
    const packet = Buffer.concat([pick(RTCP, which), damaged(pick(RTCP, which >> 4), damage)]);
    const lying = damaged(packet, damage);
    if (lying.length < RTCP_HEADER_BYTES) return [];
    lying[0] = 0x80 | (lying[0]! & 0x3f);
    return [client.sealRtcp(lying)];
  },
  /** Whose lengths are right, and whose packets have not as much in them as they say. */
  sealedCompound: ({ which, damage }, { client }) => {
    if (client === undefined) return [];
    const packets = Array.from({ length: 1 + (which % 4) }, (_, number) => {
      const words = number === 0 ? 1 + (which % 3) : (which >> number) % 3;
      const packet = Buffer.alloc(4 + words * 4, damage.at);
      packet.writeUInt8(0x80 | ((damage.at + number) & 0x1f), 0);
      packet.writeUInt8(200 + ((which >> (2 * number)) % 8), 1);
      packet.writeUInt16BE(words, 2);
      return packet;
    });
    return [client.sealRtcp(Buffer.concat(packets))];
  },
  again: (_, { last }) => [last],
  againDamaged: ({ damage }, { last }) => [damaged(last, damage)],
} satisfies Record<string, (attack: Attack, attacker: Attacker) => readonly Buffer[]>;

export type AttackKind = keyof typeof KINDS;

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.oneof(fc.nat(30), fc.nat(1_400)),
  value: fc.oneof(fc.constantFrom(WHOLE, 0, 1, 2, 20, 21, 22, 23, 0x7f, 0xfe, 0xff), fc.nat(255)),
  keep: fc.oneof(fc.constant(Infinity), fc.nat(100), fc.nat(1_400)),
  more: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 20 })),
});

export const attack: fc.Arbitrary<Attack> = fc.record({
  who: fc.nat(255),
  kind: fc.constantFrom(...(Object.keys(KINDS) as AttackKind[])),
  which: fc.nat(0xffff),
  damage,
});

/** Whether only who has joined can do it. */
export function needsKeys({ kind }: Attack): boolean {
  return kind.startsWith('sealed');
}

/** The datagrams of an attack. */
export function datagramsOf(attack: Attack, attacker: Attacker): readonly Buffer[] {
  const make: (attack: Attack, attacker: Attacker) => readonly Buffer[] = KINDS[attack.kind];
  const datagrams = make(attack, attacker);
  attacker.last = datagrams.at(-1) ?? attacker.last;
  return datagrams;
}

function damaged(bytes: Buffer, { at, value, keep, more }: Damage): Buffer {
  const copy = Buffer.from(bytes);
  if (value !== WHOLE && copy.length > 0) copy[at % copy.length] = value;
  return Buffer.concat([copy.subarray(0, Math.min(keep, copy.length)), more]);
}

function pick<T>(from: readonly T[], which: number): T {
  return from[which % from.length]!;
}

/** Of a check: what stands between its user name and its signature. */
function attributesOf(check: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = STUN_HEADER_BYTES; at + 4 <= check.length;) {
    const type = check.readUInt16BE(at);
    const value = check.subarray(at + 4, at + 4 + check.readUInt16BE(at + 2));
    if (type === ATTRIBUTE.messageIntegrity) break;
    if (type !== ATTRIBUTE.username) kept.push(stunAttribute([type, value]));
    at += 4 + value.length + (-value.length & 3);
  }
  return Buffer.concat(kept);
}
