import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { TokenVerifier } from '../auth/token-verifier.js';
import { loadConfig } from '../config/load-config.js';
import { SecretsService } from '../config/secrets.js';
import { DemoIdentity } from './demo-identity.js';

describe('DemoIdentity', () => {
  it('makes tokens that a server with its key takes for a broadcaster of the one masjid', async () => {
    const identity = new DemoIdentity();
    const environment = identity.environment();
    const [kid, key] = environment['JWT_KEYS']!.split(':');
    const { payload, protectedHeader } = await jwtVerify(
      await identity.broadcasterToken('demo'),
      Buffer.from(key!, 'base64'),
      {
        algorithms: ['HS256'],
        issuer: environment['JWT_ISSUER']!,
        audience: environment['JWT_AUDIENCE']!,
        requiredClaims: ['sub', 'iat', 'exp', 'jti'],
      },
    );
    expect(protectedHeader.kid).toBe(kid);
    expect(payload).toMatchObject({ role: 'broadcaster', masjidId: 'demo' });
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(Number(environment['TOKEN_MAX_TTL_SECONDS']));
  });

  it('makes tokens that a server with its key takes for an admin', async () => {
    const identity = new DemoIdentity();
    const environment = identity.environment();
    const config = loadConfig({ NODE_ENV: 'test', ...environment });
    const verifier = new TokenVerifier(config.auth, new SecretsService(config.secrets));
    expect(await verifier.verify(await identity.adminToken())).toMatchObject({ role: 'admin', masjidId: undefined });
  });

  it('has another key in every demo', () => {
    expect(new DemoIdentity().environment()['JWT_KEYS']).not.toBe(new DemoIdentity().environment()['JWT_KEYS']);
  });
});
