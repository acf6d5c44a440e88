import { randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { SecretsService } from '../config/secrets.js';
import { TokenIssuer, type TokenRequest } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

const key = (kid: string) => `${kid}:${randomBytes(32).toString('base64')}`;
const config = loadConfig({ JWT_KEYS: `${key('new')},${key('old')}`, TOKEN_MAX_TTL_SECONDS: '7200' });
const issuer = TokenIssuer.of(config);

const request = (changes: Partial<TokenRequest> = {}): TokenRequest => ({
  role: 'broadcaster',
  masjidId: 'noor',
  ttlSeconds: undefined,
  subject: undefined,
  ...changes,
});
const lifeOf = (token: string) => decodeJwt(token).exp! - decodeJwt(token).iat!;

describe('TokenIssuer', () => {
  it('makes tokens that the relay accepts, signed with the first key', async () => {
    const { token, expiresAt } = await issuer.issue(request());
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'new' });
    expect(Object.keys(decodeJwt(token)).sort().join(' ')).toBe('aud exp iat iss jti masjidId role sub');
    expect(expiresAt.getTime()).toBe(decodeJwt(token).exp! * 1_000);
    expect(await new TokenVerifier(config.auth, new SecretsService(config.secrets)).verify(token)).toMatchObject({
      role: 'broadcaster',
      masjidId: 'noor',
      sub: 'broadcaster of noor',
    });
  });

  it('gives each token an id of its own', async () => {
    const [one, other] = [await issuer.issue(request()), await issuer.issue(request())];
    expect(decodeJwt(one.token).jti).not.toBe(decodeJwt(other.token).jti);
  });

  it('lets a token live for 15 minutes unless told otherwise', async () => {
    expect(lifeOf((await issuer.issue(request())).token)).toBe(900);
    expect(lifeOf((await issuer.issue(request({ ttlSeconds: 7_200 }))).token)).toBe(7_200);
  });

  it.each<[TokenRequest, string]>([
    [request({ ttlSeconds: 7_201 }), 'A broadcaster token may live 10 to 7200 seconds.'],
    [request({ ttlSeconds: 0 }), 'A broadcaster token may live 10 to 7200 seconds.'],
    [request({ ttlSeconds: 90.5 }), 'A broadcaster token may live 10 to 7200 seconds.'],
    [request({ ttlSeconds: Number.NaN }), 'A broadcaster token may live 10 to 7200 seconds.'],
    [request({ role: 'admin', masjidId: undefined, ttlSeconds: 3_601 }), 'An admin token may live 10 to 3600 seconds.'],
    [request({ role: 'admin' }), 'An admin token is for all masjids: leave the masjid out.'],
    [request({ masjidId: undefined }), 'A broadcaster token is for one masjid: say which.'],
    [request({ role: 'listener', masjidId: undefined }), 'A listener token is for one masjid: say which.'],
  ])('refuses %j', async (refused, detail) => {
    await expect(issuer.issue(refused)).rejects.toMatchObject({ code: 'malformed_request', detail });
  });
});
