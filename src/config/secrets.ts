import { EventEmitter } from 'node:events';
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

/** A shared key of HS256 (RFC 7518, 3.2): signs and verifies. */
export interface JwtKey {
  /** Named by tokens in their header (RFC 7515, 4.1.4). */
  readonly kid: string;
  readonly key: KeyObject;
}

/** The public half of a key that somebody else signs with: verifies only. */
export interface JwtPublicKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The `alg` values that go with this kind of key. */
  readonly algorithms: readonly string[];
  /** The `iss` that its tokens must have; undefined stands for `JWT_ISSUER`. */
  readonly issuer: string | undefined;
}

/** What may change while the server runs. Key objects show their bytes to no log and no inspector. */
export interface Secrets {
  /** The first signs, all verify. */
  readonly jwtKeys: readonly JwtKey[];
  readonly jwtPublicKeys: readonly JwtPublicKey[];
  /** The first signs TURN credentials; coturn knows them all. */
  readonly turnSecrets: readonly KeyObject[];
}

/** HMAC keys shorter than their hash weaken it (RFC 7518, 3.2). */
export const MIN_JWT_KEY_BYTES = 32;

/**
 * The secrets in force. Whoever needs one reads it here each time, and never keeps it: a reload replaces them all at
 * once.
 */
export class SecretsService implements Secrets {
  readonly events = new EventEmitter<{ replaced: [] }>();
  private readonly madeUpKey: JwtKey = { kid: 'made-up', key: createSecretKey(randomBytes(MIN_JWT_KEY_BYTES)) };

  constructor(private secrets: Secrets) {}

  get jwtKeys(): readonly [JwtKey, ...JwtKey[]] {
    const [first = this.madeUpKey, ...others] = this.secrets.jwtKeys;
    return [first, ...others];
  }

  get jwtPublicKeys(): readonly JwtPublicKey[] {
    return this.secrets.jwtPublicKeys;
  }

  get turnSecrets(): readonly KeyObject[] {
    return this.secrets.turnSecrets;
  }

  /** Whether nobody gave a key, so that tokens hold until the server stops; the configuration forbids it in production. */
  get hasMadeUpKey(): boolean {
    return this.secrets.jwtKeys.length === 0;
  }

  replace(secrets: Secrets): void {
    this.secrets = secrets;
    this.events.emit('replaced');
  }
}
