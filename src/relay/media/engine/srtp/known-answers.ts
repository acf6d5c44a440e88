import { arenaBytes, reserve } from '../native/memory.js';
import { ListenerTable } from './listener-table.js';
import { PacketCipher } from './packet-cipher.js';
import { commonPacket, MAX_OVERHEAD_BYTES, sealForListener } from './sealing.js';
import { deriveSessionKeys, type SessionKeys } from './session-keys.js';
import { SrtpSenderKeys } from './srtp-sender-keys.js';

const GCM = 'AEAD_AES_128_GCM';
const CM = 'AES_CM_128_HMAC_SHA1_80';
const RFC_7714_KEYS: SessionKeys = {
  profile: GCM,
  cipherKey: hex('000102030405060708090a0b0c0d0e0f'),
  authenticationKey: hex(''),
  salt: hex('517569642070726f2071756f'),
};
const RFC_3711_MASTER = hex('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6');

/** Section of RFC 7714, SSRC, index, clear part, plain body, index word, sealed body, tag; in hexadecimal, _ for nothing. */
const RFC_7714 = `
16.1 5501a0b2 f17b 8040f17b8041f8d35501a0b2
  47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573 _
  f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833 899d7f27beb16a9152cf765ee4390cce
17.1 4d617273 5d4 81c8000d4d617273
  4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef 800005d4
  63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b c84aa45896cf4d2fc5abf87245d9eade
17.3 4d617273 5d4
  81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef _ 000005d4
  _ 841dd9683dd78ec92ae58790125f62b3`;
/** RFC 3711 prints no whole packet. By these libsrtp checks itself; here its SRTCP, as above. */
const LIBSRTP_RTCP = `
libsrtp cafebabe 1 81c8000bcafebabe abababababababababababababababab 80000001
  7128035be487b9bdbef89041f977a5a8 993e08cd54d6c1230798`;
/** And its SRTP: number 0x1234, payload type 15, timestamp 0xdecafbad, 16 bytes of 0xab. */
const LIBSRTP = [
  {
    profile: GCM,
    master: hex('000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab'),
    sealed: '800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392',
  },
  {
    profile: CM,
    master: RFC_3711_MASTER,
    sealed: '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
  },
] as const;
const SSRC = 0xcafebabe;
const slot = reserve(16 + MAX_OVERHEAD_BYTES);

/**
 * Whether the OpenSSL of this process derives, seals and opens as the standards print it; for the start, before anybody is
 * served.
 *
 * @throws Error naming the first answer that differs
 */
export function knownAnswers(): void {
  const { cipherKey, authenticationKey, salt } = deriveSessionKeys(CM, RFC_3711_MASTER, 'rtp');
  const name = 'RFC 3711, B.3';
  same(name, cipherKey, 'c61e7a93744f39ee10734afe3ff7a087');
  same(name, authenticationKey, 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  same(name, salt, '30cbbc08863d8c85d49db34a9ae1');
  checkPackets(RFC_7714_KEYS, RFC_7714);
  checkPackets(deriveSessionKeys(CM, RFC_3711_MASTER, 'rtcp'), LIBSRTP_RTCP);
  for (const answer of LIBSRTP) checkFanOut(answer);
}

function checkPackets(keys: SessionKeys, answers: string): void {
  const words = answers.trim().split(/\s+/);
  const [sealing, opening] = [new PacketCipher(keys, 'seal'), new PacketCipher(keys, 'open')];
  for (let at = 0; at < words.length; at += 8) {
    const [name = '', ssrc = '', index = '', ...bytes] = words.slice(at, at + 8);
    const [clear, plain, word, sealed, tag] = bytes.map(hex) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const indexWord = word.length > 0 ? word : undefined;
    const parts = { ssrc: parseInt(ssrc, 16), index: parseInt(index, 16), clear, body: plain, indexWord };
    const packet = sealing.seal(parts);
    same(name, Buffer.concat([packet.body, packet.tag]), Buffer.concat([sealed, tag]).toString('hex'));
    const open = () => opening.open({ ...parts, body: sealed }, tag);
    same(name, open(), plain.toString('hex'));
    tag.writeUInt8(tag.readUInt8(0) ^ 1, 0);
    same(`${name}, with another tag`, open(), undefined);
  }
  sealing.free();
  opening.free();
}

function checkFanOut({ profile, master, sealed }: (typeof LIBSRTP)[number]): void {
  const keys = new SrtpSenderKeys(profile, master, SSRC);
  try {
    const table = new ListenerTable();
    const row = table.add(keys, 15);
    table.begin(row, 0, 0x1234);
    const payload = Buffer.alloc(16, 0xab);
    const common = commonPacket(SSRC, { index: 0, timestamp: 0xdecafbad, marker: false, payload });
    const length = sealForListener(table, row, slot.offset, common);
    same(`libsrtp, ${profile}`, arenaBytes.subarray(slot.offset, slot.offset + length), sealed);
  } finally {
    keys.free();
  }
}

function same(name: string, bytes: Buffer | undefined, expected: string | undefined): void {
  if (bytes?.toString('hex') !== expected) throw new Error(`OpenSSL does not give a known answer: ${name}`);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits === '_' ? '' : digits, 'hex');
}
