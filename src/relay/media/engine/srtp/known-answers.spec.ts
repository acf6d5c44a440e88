import { expect, it } from 'vitest';
import { openHandles } from '../native/handle.js';
import { knownAnswers } from './known-answers.js';
import { deriveSessionKeys, wipe } from './session-keys.js';

it('derives, seals and opens as RFC 3711 and RFC 7714 print it, and leaves no handle open', () => {
  const before = openHandles();
  expect(knownAnswers).not.toThrow();
  expect(openHandles()).toBe(before);
});

it('refuses a master key of a length that is not its profile’s, and leaves no handle open', () => {
  const before = openHandles();
  expect(() => deriveSessionKeys('AEAD_AES_128_GCM', Buffer.alloc(30), 'rtp')).toThrow(RangeError);
  expect(() => deriveSessionKeys('AES_CM_128_HMAC_SHA1_80', Buffer.alloc(28), 'rtcp')).toThrow(RangeError);
  expect(openHandles()).toBe(before);
});

it('wipes session keys', () => {
  const keys = deriveSessionKeys('AES_CM_128_HMAC_SHA1_80', Buffer.alloc(30, 7), 'rtp');
  wipe(keys);
  expect([...keys.cipherKey, ...keys.authenticationKey, ...keys.salt].every((byte) => byte === 0)).toBe(true);
});
