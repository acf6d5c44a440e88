import { createPacketCipher } from './create-packet-cipher.js';
import { counterModeAnswers, aeadAnswers, hex, rfc3711Master, type Answer } from './known-packets.js';
import { deriveSessionKeys, wipe } from './session-keys.js';

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

function same(name: string, bytes: Buffer, expected: string): void {
  if (bytes.toString('hex') !== expected) throw new Error(`OpenSSL does not give a known answer: ${name}`);
}
