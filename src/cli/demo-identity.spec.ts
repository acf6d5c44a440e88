import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { TokenVerifier } from '../auth/token-verifier.js';
import { loadConfig } from '../config/load-config.js';
import { SecretsService } from '../config/secrets.js';
import { DemoIdentity } from './demo-identity.js';

describe('DemoIdentity', () => {
  it('makes tokens that a server with its key takes for a broadcaster of the one masjid, or for an admin', async () => {
    const identity = new DemoIdentity();
    const environment = identity.environment();
    const config = loadConfig({ NODE_ENV: 'test', ...environment });
    const verifier = new TokenVerifier(config.auth, new SecretsService(config.secrets));
    const token = await identity.broadcasterToken('demo');
    const kid = environment['JWT_KEYS']!.split(':')[0];
    expect(await verifier.verify(token)).toMatchObject({ role: 'broadcaster', masjidId: 'demo', kid });
    const { iat, exp } = decodeJwt(token);
    expect(exp! - iat!).toBeLessThanOrEqual(Number(environment['TOKEN_MAX_TTL_SECONDS']));
    expect(await verifier.verify(await identity.adminToken())).toMatchObject({ role: 'admin', masjidId: undefined });
  });

  it('has another key in every demo', () => {
    expect(new DemoIdentity().environment()['JWT_KEYS']).not.toBe(new DemoIdentity().environment()['JWT_KEYS']);
  });
});
