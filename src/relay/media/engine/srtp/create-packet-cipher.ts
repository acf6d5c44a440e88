import { AeadCipher } from './aead-cipher.js';
import { CounterModeCipher } from './counter-mode-cipher.js';
import type { PacketCipher } from './packet-cipher.js';
import type { SrtpProfile } from './profile.js';
import { deriveSessionKeys, wipe, type SessionKeys } from './session-keys.js';

/** With keys of its own derivation, which are wiped. */
export function derivePacketCipher(
  profile: SrtpProfile,
  master: Buffer,
  use: 'rtp' | 'rtcp',
  direction: 'seal' | 'open',
): PacketCipher {
  const keys = deriveSessionKeys(profile, master, use);
  try {
    return createPacketCipher(profile, keys, direction);
  } finally {
    wipe(keys);
  }
}

/** @param keys may be wiped afterwards */
export function createPacketCipher(profile: SrtpProfile, keys: SessionKeys, use: 'seal' | 'open'): PacketCipher {
  switch (profile) {
    case 'AEAD_AES_128_GCM':
      return new AeadCipher(keys, use);
    case 'AES_CM_128_HMAC_SHA1_80':
      return new CounterModeCipher(keys);
    default:
      return profile satisfies never;
  }
}
