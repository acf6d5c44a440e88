import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { AppConfig } from './app-config.js';
import type { EnvReader } from './env-reader.js';
import { MIN_JWT_KEY_BYTES, type JwtKey, type JwtPublicKey, type Secrets } from './secrets.js';

const KID = /^[\w.-]{1,64}$/;
/** Standard or URL-safe (RFC 4648), padded or not. */
const BASE64 = /^(?:[A-Za-z\d+/]+|[\w-]+)={0,2}$/;
/** HMAC keys shorter than the hash, 20 bytes for SHA-1, are strongly discouraged (RFC 2104, 3). */
const MIN_TURN_SECRET_LENGTH = 20;

/** Reads what is secret. A problem names the entry by its place and `kid`, and repeats nothing else of it. */
export function readSecrets(reader: EnvReader, environment: AppConfig['environment']): Secrets {
  const jwtKeys = reader.secretList('JWT_KEYS', jwtKey);
  if (environment === 'production' && jwtKeys.length === 0 && !reader.problems.some(isAboutKeys)) {
    reader.problems.push('JWT_KEYS is missing: give kid:base64, such as main:$(openssl rand -base64 32)');
  }
  const jwtPublicKeys = reader.secretList('JWT_PUBLIC_KEYS', jwtPublicKey);
  const kids = [...jwtKeys, ...jwtPublicKeys].map(({ kid }) => kid);
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index);
  if (twice !== undefined) reader.problems.push(`JWT_KEYS and JWT_PUBLIC_KEYS name the key ${twice} twice`);
  return { jwtKeys, jwtPublicKeys, turnSecrets: reader.secretList('TURN_SECRETS', turnSecret) };
}

function isAboutKeys(problem: string): boolean {
  return problem.startsWith('JWT_KEYS ');
}

function jwtKey(entry: string): JwtKey {
  const [kid = '', text, ...rest] = entry.split(':');
  if (rest.length > 0) throw new Error('is not kid:base64');
  const bytes = decode(kid, text);
  if (bytes.length < MIN_JWT_KEY_BYTES) {
    throw new Error(
      `(${kid}) has ${bytes.length} bytes, and needs at least ${MIN_JWT_KEY_BYTES}: openssl rand -base64 32`,
    );
  }
  return { kid, key: createSecretKey(bytes) };
}

function jwtPublicKey(entry: string): JwtPublicKey {
  const [kid = '', text, ...rest] = entry.split(':');
  const bytes = decode(kid, text);
  // Issuers are often URLs, which hold colons themselves.
  const issuer = rest.length === 0 ? undefined : rest.join(':');
  if (issuer === '') throw new Error(`(${kid}) has an empty issuer`);
  const key = publicKeyOf(bytes);
  const algorithms = key === undefined ? undefined : algorithmsOf(key);
  if (key === undefined || algorithms === undefined) {
    throw new Error(
      `(${kid}) is no public key of P-256 or Ed25519 in DER: openssl pkey -pubout -outform DER | base64 -w0`,
    );
  }
  return { kid, key, algorithms, issuer };
}

function turnSecret(entry: string): KeyObject {
  if (entry.length < MIN_TURN_SECRET_LENGTH) {
    throw new Error(`has ${entry.length} characters, and needs at least ${MIN_TURN_SECRET_LENGTH}`);
  }
  return createSecretKey(Buffer.from(entry));
}

function decode(kid: string, text: string | undefined): Buffer {
  // A key that was pasted without its kid must not be repeated as if it were one.
  if (text === undefined || !KID.test(kid)) {
    throw new Error('does not begin with a kid of 1 to 64 letters, digits, dots, dashes or underscores, and a colon');
  }
  if (!BASE64.test(text)) throw new Error(`(${kid}) is not base64 after the colon`);
  return Buffer.from(text, 'base64');
}

function publicKeyOf(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function algorithmsOf(key: KeyObject): readonly string[] | undefined {
  // Ed25519 is the newer name of the same signature (RFC 9864).
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? ['ES256'] : undefined;
}
