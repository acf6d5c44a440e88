import { randomUUID } from 'node:crypto';
import { SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';

const TEST_KEY = new TextEncoder().encode('not a secret: the key of tests alone');

/** `JWT_KEYS` of servers that tests start. */
export const TEST_JWT_KEYS = `test:${Buffer.from(TEST_KEY).toString('base64')}`;

const TTL_SECONDS = 900;

/** The claims of a sound token; `changes` wins, and `undefined` leaves a claim out. */
export function claims(changes: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return {
    iss: 'azaan-relay',
    aud: 'azaan-relay',
    sub: 'a test',
    iat: nowSeconds,
    exp: nowSeconds + TTL_SECONDS,
    jti: randomUUID(),
    ...changes,
  };
}

/** Signs whatever it is given, with the key of tests unless another one is given. */
export function sign(
  payload: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
  key: Parameters<SignJWT['sign']>[0] = TEST_KEY,
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: 'test', ...header }).sign(key);
}

/** `Authorization` of a broadcaster of one masjid. */
export async function broadcasterOf(masjidId: string | number): Promise<string> {
  return `Bearer ${await sign(claims({ role: 'broadcaster', masjidId: String(masjidId) }))}`;
}

/** `Authorization` of a listener of one masjid. */
export async function listenerOf(masjidId: string | number): Promise<string> {
  return `Bearer ${await sign(claims({ role: 'listener', masjidId: String(masjidId) }))}`;
}

/** `Authorization` of an admin. */
export async function admin(): Promise<string> {
  return `Bearer ${await sign(claims({ role: 'admin' }))}`;
}
