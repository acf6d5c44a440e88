import { AUTHENTICATION_KEY_BYTES, type SrtpProfile } from './profile.js';
import { deriveSessionKeys, type SessionKeys } from './session-keys.js';

/** One packet, its parts in hexadecimal; `plain` is encrypted to `sealed`. */
export interface Answer {
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

export function aeadAnswers(): Answer[] {
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

export function counterModeAnswers(): Answer[] {
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

export function rfc3711Master(): Buffer {
  return hex('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6');
}

export function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
