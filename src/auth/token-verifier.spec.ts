import { createHmac, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TEST_JWT_KEYS, claims, sign } from '../../test/support/tokens.js';
import { loadConfig } from '../config/load-config.js';
import { SecretsService } from '../config/secrets.js';
import type { TokenDenial } from './denial.js';
import { TokenVerifier } from './token-verifier.js';

const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ED = generateKeyPairSync('ed25519');
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');

function verifierOf(env: NodeJS.ProcessEnv): TokenVerifier {
  const config = loadConfig(env);
  return new TokenVerifier(config.auth, new SecretsService(config.secrets));
}

const JWT_PUBLIC_KEYS = `platform:${der(EC.publicKey)},other:${der(ED.publicKey)}:https://id.example.org`;
const verifier = verifierOf({ JWT_KEYS: TEST_JWT_KEYS, JWT_PUBLIC_KEYS });

const speaker = (changes: Readonly<Record<string, unknown>> = {}) =>
  claims({ role: 'broadcaster', masjidId: 'noor', ...changes });
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const unsigned = (header: object, payload: JWTPayload) => `${encode(header)}.${encode(payload)}.`;

/** HS256 with the text of a public key as the secret: what a verifier falls for that lets the token choose the algorithm. */
function confused(kid: string, key: KeyObject): string {
  const text = `${encode({ alg: 'HS256', kid })}.${encode(speaker())}`;
  const pem = key.export({ format: 'pem', type: 'spki' });
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
}

async function denial(token: string | Promise<string>): Promise<TokenDenial> {
  const error: unknown = await verifier.verify(await token).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'TokenDeniedError' });
  return (error as { reason: TokenDenial }).reason;
}

describe('TokenVerifier', () => {
  afterEach(() => vi.useRealTimers());

  it('tells who the bearer is', async () => {
    const payload = speaker({ sub: 'muezzin', jti: 'j' });
    expect(await verifier.verify(await sign(payload))).toEqual({
      role: 'broadcaster',
      sub: 'muezzin',
      masjidId: 'noor',
      jti: 'j',
      kid: 'test',
    });
  });

  it('takes 1 and "1" for the same masjid', async () => {
    expect(await verifier.verify(await sign(speaker({ masjidId: 1 })))).toMatchObject({ masjidId: '1' });
  });

  it('takes a token of a platform that signs with ES256 or EdDSA', async () => {
    const es256 = await sign(speaker(), { alg: 'ES256', kid: 'platform' }, EC.privateKey);
    expect(await verifier.verify(es256)).toMatchObject({ role: 'broadcaster', kid: 'platform' });
    const own = speaker({ iss: 'https://id.example.org' });
    for (const alg of ['EdDSA', 'Ed25519']) {
      expect(await verifier.verify(await sign(own, { alg, kid: 'other' }, ED.privateKey))).toMatchObject({
        kid: 'other',
      });
    }
  });

  it('lets clocks differ by half a minute', async () => {
    await verifier.verify(await sign(speaker({ iat: inSeconds(20), nbf: inSeconds(20), exp: inSeconds(900) })));
    await verifier.verify(await sign(speaker({ iat: inSeconds(-900), exp: inSeconds(-20) })));
  });

  it('honours several keys, and forgets one that is dropped', async () => {
    const old = randomBytes(32);
    const entry = `old:${old.toString('base64')}`;
    const token = await sign(speaker(), { kid: 'old' }, old);
    expect(await verifierOf({ JWT_KEYS: `${TEST_JWT_KEYS},${entry}` }).verify(token)).toMatchObject({ kid: 'old' });
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'unknown_key' });
  });

  it.each<[name: string, token: () => string | Promise<string>, reason: TokenDenial]>([
    ['nothing', () => '', 'malformed_token'],
    ['no token', () => 'hello', 'malformed_token'],
    ['100 kB', () => 'a'.repeat(102_400), 'token_too_long'],
    ['alg none', () => unsigned({ alg: 'none', kid: 'test' }, speaker()), 'wrong_algorithm'],
    ['alg none without a kid', () => unsigned({ alg: 'none' }, speaker()), 'unknown_key'],
    ['no kid', () => sign(speaker(), { kid: undefined as unknown as string }), 'unknown_key'],
    ['an unknown kid', () => sign(speaker(), { kid: 'nobody' }), 'unknown_key'],
    ['a kid like a path', () => sign(speaker(), { kid: '../../../dev/null' }), 'unknown_key'],
    ['a kid that every object has', () => sign(speaker(), { kid: '__proto__' }), 'unknown_key'],
    ['a kid that is a number', () => unsigned({ alg: 'HS256', kid: 0 }, speaker()), 'unknown_key'],
    ['HS512', () => sign(speaker(), { alg: 'HS512' }, randomBytes(64)), 'wrong_algorithm'],
    ['RS256 for HS256', () => sign(speaker(), { alg: 'RS256' }, RSA.privateKey), 'wrong_algorithm'],
    ['HS256 for ES256', () => confused('platform', EC.publicKey), 'wrong_algorithm'],
    ['HS256 for EdDSA', () => confused('other', ED.publicKey), 'wrong_algorithm'],
    ['another key', () => sign(speaker(), {}, randomBytes(32)), 'bad_signature'],
    ['no signature', () => unsigned({ alg: 'HS256', kid: 'test' }, speaker()), 'bad_signature'],
    ['another issuer', () => sign(speaker({ iss: 'someone' })), 'wrong_issuer'],
    [
      'our issuer by a key that has its own',
      () => sign(speaker(), { alg: 'EdDSA', kid: 'other' }, ED.privateKey),
      'wrong_issuer',
    ],
    ['another audience', () => sign(speaker({ aud: 'someone' })), 'wrong_audience'],
    ['no audience', () => sign(speaker({ aud: undefined })), 'wrong_audience'],
    ['an end that is past', () => sign(speaker({ iat: inSeconds(-900), exp: inSeconds(-31) })), 'expired'],
    ['no end', () => sign(speaker({ exp: undefined })), 'bad_claims'],
    ['an end that is text', () => sign(speaker({ exp: 'never' })), 'bad_claims'],
    ['a beginning that is to come', () => sign(speaker({ nbf: inSeconds(40) })), 'not_yet_valid'],
    [
      'an issue date far ahead',
      () => sign(speaker({ iat: inSeconds(3_600), exp: inSeconds(4_000) })),
      'issued_in_the_future',
    ],
    ['no issue date', () => sign(speaker({ iat: undefined })), 'bad_claims'],
    ['a life of years', () => sign(speaker({ exp: inSeconds(100_000_000) })), 'lives_too_long'],
    ['an admin life of a day', () => sign(claims({ role: 'admin', exp: inSeconds(86_000) })), 'lives_too_long'],
    ['no subject', () => sign(speaker({ sub: undefined })), 'bad_claims'],
    ['no id', () => sign(speaker({ jti: undefined })), 'bad_claims'],
    ['no role', () => sign(speaker({ role: undefined })), 'bad_claims'],
    ['a role of its own', () => sign(speaker({ role: 'root' })), 'bad_claims'],
    ['several roles', () => sign(speaker({ role: ['admin', 'broadcaster'] })), 'bad_claims'],
    ['no masjid', () => sign(speaker({ masjidId: undefined })), 'bad_claims'],
    ['a masjid that is an object', () => sign(speaker({ masjidId: { $ne: '' } })), 'bad_claims'],
    ['an admin of one masjid', () => sign(claims({ role: 'admin', masjidId: 'noor' })), 'bad_claims'],
    [
      'an admin made by a platform',
      () => sign(claims({ role: 'admin' }), { alg: 'ES256', kid: 'platform' }, EC.privateKey),
      'role_not_for_this_key',
    ],
    ['a critical extension', () => critical(), 'malformed_token'],
  ])('denies a token with %s', async (_, token, reason) => {
    expect(await denial(token())).toBe(reason);
  });
});

/** An extension that verifiers must understand or refuse (RFC 7515, 4.1.11). */
function critical(): string {
  return `${encode({ alg: 'HS256', kid: 'test', crit: ['x'], x: 1 })}.${encode(speaker())}.AAAA`;
}
