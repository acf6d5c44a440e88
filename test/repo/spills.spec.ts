import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { turnCredential } from '../../src/ice/turn-credential.js';
import { recordedOffer } from '../support/offers.js';
import { configuredSecrets, findSpills, rememberIcePasswords } from '../support/spills.js';
import { admin } from '../support/tokens.js';

const offer = recordedOffer('chromium-156-broadcaster');
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const { credential } = turnCredential(createSecretKey(randomBytes(32)), 'client', 1_800_000_000);
const token = await admin();
rememberIcePasswords(offer);

describe('the search of what a server wrote', () => {
  it.each([
    ['SDP', offer],
    ['SDP', offer.slice(0, 20)],
    ['SDP', 'a=candidate:1 1 udp'],
    ['a token', token],
    ['a PEM', String(pem)],
    ['a TURN credential', credential],
    ['an ICE password', /^a=ice-pwd:(\S+)/m.exec(offer)![1]!],
    ['a configured secret', 'the-secret-that-coturn-shares'],
  ])('finds %s', (kind, secret) => {
    const own = configuredSecrets({ TURN_SECRETS: 'another,the-secret-that-coturn-shares' });
    expect(findSpills(['{"msg":"listening"}', JSON.stringify({ detail: secret })], own)).toContain(kind);
  });

  it('finds keys of tokens, with their padding or without', () => {
    const key = randomBytes(32).toString('base64');
    const own = configuredSecrets({ JWT_KEYS: `main:${key}` });
    expect(findSpills([`key ${key.slice(0, -1)} is no good`], own)).toEqual(['a configured secret']);
  });

  it('takes nothing ordinary for a secret, nor the tokens that are printed for developers', () => {
    const line = { requestId: '0b6e1f0c-6b1c-4a4e-9a43-6f3f3a1d2b7c', masjidId: 'an-noor', detail: '[sdp] [token]' };
    expect(findSpills([JSON.stringify(line), `admin token, for an hour at most: ${token}`], [])).toEqual([]);
  });
});
