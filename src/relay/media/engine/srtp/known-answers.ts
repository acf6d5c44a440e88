import { createPacketCipher } from './create-packet-cipher.js';
import { AUTHENTICATION_KEY_BYTES, type SrtpProfile } from './profile.js';
import { deriveSessionKeys, wipe, type SessionKeys } from './session-keys.js';

/** One packet, its parts in hexadecimal; `plain` is encrypted to `sealed`. */
interface Answer {
  readonly name: string;
  readonly profile: SrtpProfile;
  readonly keys: SessionKeys;
  readonly ssrc: number;
  readonly index: number;
  readonly clear: string;
  readonly plain: string;
  readonly sealed: string;
  readonly indexWord?: string;
  readonly tag: string;
}

const NONE = Buffer.alloc(0);

/**
 * Whether the OpenSSL of this process derives and seals as the standards print it; for the start, before anybody is served.
 *
 * @throws Error naming the first answer that differs
 */
export function knownAnswers(): void {
  checkKeyDerivation();
  for (const answer of [...aeadAnswers(), ...counterModeAnswers()]) {
    checkSealing(answer);
    checkOpening(answer);
  }
}

function checkKeyDerivation(): void {
  const name = 'RFC 3711, B.3';
  const keys = deriveSessionKeys('AES_CM_128_HMAC_SHA1_80', rfc3711Master(), 'rtp');
  same(name, keys.cipherKey, 'c61e7a93744f39ee10734afe3ff7a087');
  same(name, keys.authenticationKey, 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  same(name, keys.salt, '30cbbc08863d8c85d49db34a9ae1');
  wipe(keys);
}

function aeadAnswers(): Answer[] {
  const profile = 'AEAD_AES_128_GCM';
  const keys = {
    cipherKey: hex('000102030405060708090a0b0c0d0e0f'),
    authenticationKey: NONE,
    salt: hex('517569642070726f2071756f'),
  };
  const rtcpHeader = '81c8000d4d617273';
  const rtcp = '4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef';
  return [
    {
      name: 'RFC 7714, 16.1',
      profile,
      keys,
      ssrc: 0x5501a0b2,
      index: 0xf17b,
      clear: '8040f17b8041f8d35501a0b2',
      plain: '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573',
      sealed: 'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833',
      tag: '899d7f27beb16a9152cf765ee4390cce',
    },
    {
      name: 'RFC 7714, 17.1',
      profile,
      keys,
      ssrc: 0x4d617273,
      index: 0x5d4,
      clear: rtcpHeader,
      plain: rtcp,
      sealed: '63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b',
      indexWord: '800005d4',
      tag: 'c84aa45896cf4d2fc5abf87245d9eade',
    },
    {
      name: 'RFC 7714, 17.3',
      profile,
      keys,
      ssrc: 0x4d617273,
      index: 0x5d4,
      clear: rtcpHeader + rtcp,
      plain: '',
      sealed: '',
      indexWord: '000005d4',
      tag: '841dd9683dd78ec92ae58790125f62b3',
    },
  ];
}

function counterModeAnswers(): Answer[] {
  const profile = 'AES_CM_128_HMAC_SHA1_80';
  const keyStream = {
    cipherKey: hex('2b7e151628aed2a6abf7158809cf4f3c'),
    authenticationKey: Buffer.alloc(AUTHENTICATION_KEY_BYTES),
    salt: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
  };
  const plain = 'abababababababababababababababab';
  return [
    {
      name: 'RFC 3711, B.2',
      profile,
      keys: keyStream,
      ssrc: 0,
      index: 0,
      clear: '',
      plain: '00'.repeat(48),
      sealed: 'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
      tag: '',
    },
    // The standard prints no whole packet; these two are the ones that libsrtp checks itself by.
    {
      name: 'SRTP as libsrtp has it',
      profile,
      keys: deriveSessionKeys(profile, rfc3711Master(), 'rtp'),
      ssrc: 0xcafebabe,
      index: 0x1234,
      clear: '800f1234decafbadcafebabe',
      plain,
      sealed: '4e55dc4ce79978d88ca4d215949d2402',
      tag: 'b78d6acc99ea179b8dbb',
    },
    {
      name: 'SRTCP as libsrtp has it',
      profile,
      keys: deriveSessionKeys(profile, rfc3711Master(), 'rtcp'),
      ssrc: 0xcafebabe,
      index: 1,
      clear: '81c8000bcafebabe',
      plain,
      sealed: '7128035be487b9bdbef89041f977a5a8',
      indexWord: '80000001',
      tag: '993e08cd54d6c1230798',
    },
  ];
}

function checkSealing({ name, profile, keys, ssrc, index, clear, plain, sealed, indexWord, tag }: Answer): void {
  const cipher = createPacketCipher(profile, keys, 'seal');
  const parts = {
    clear: hex(clear),
    body: hex(plain),
    indexWord: indexWord === undefined ? undefined : hex(indexWord),
    tag: Buffer.alloc(tag.length / 2),
  };
  try {
    cipher.seal(ssrc, index, parts);
  } finally {
    cipher.free();
  }
  same(name, parts.body, sealed);
  same(name, parts.tag, tag);
}

function checkOpening({ name, profile, keys, ssrc, index, clear, plain, sealed, indexWord, tag }: Answer): void {
  const cipher = createPacketCipher(profile, keys, 'open');
  const parts = {
    clear: hex(clear),
    body: hex(sealed),
    indexWord: indexWord === undefined ? undefined : hex(indexWord),
    tag: hex(tag),
  };
  try {
    if (!cipher.open(ssrc, index, parts)) throw new Error(`OpenSSL does not open a known packet: ${name}`);
    same(name, parts.body, plain);
    if (tag === '') return;
    parts.tag.writeUInt8(parts.tag.readUInt8(0) ^ 1, 0);
    if (cipher.open(ssrc, index, parts)) throw new Error(`OpenSSL opens a packet with a wrong tag: ${name}`);
  } finally {
    cipher.free();
  }
}

function rfc3711Master(): Buffer {
  return hex('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6');
}

function same(name: string, bytes: Buffer, expected: string): void {
  if (bytes.toString('hex') !== expected) throw new Error(`OpenSSL does not give a known answer: ${name}`);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
