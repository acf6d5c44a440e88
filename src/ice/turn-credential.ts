import { createHmac, type KeyObject } from 'node:crypto';

export interface TurnCredential {
  /** `<unix time of expiry in seconds>:<client id>` */
  readonly username: string;
  /** Base64 of the HMAC-SHA1 of the username. */
  readonly credential: string;
}

/**
 * A credential that a TURN server accepts because it knows the same secret, and until it expires: the TURN REST API
 * (draft-uberti-behave-turn-rest-00), coturn's `use-auth-secret`. SHA-1 is what that protocol has; as a MAC it holds.
 */
export function turnCredential(secret: KeyObject, clientId: string, expiresAtSeconds: number): TurnCredential {
  const username = `${expiresAtSeconds}:${clientId}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

/**
 * A name for whoever asks that is always the same, because coturn counts its `user-quota` by it, and that tells nobody
 * the address or subject it was made from.
 */
export function turnClientId(secret: KeyObject, client: string): string {
  return createHmac('sha256', secret).update(`azaan-relay client ${client}`).digest('base64url').slice(0, 22);
}
