import { randomBytes } from 'node:crypto';
import { HmacSha1 } from '../native/hmac-sha1.js';

/** Of characters that stand for six random bits each, all of which ICE allows (RFC 8839, 5.4). */
export const UFRAG_BYTES = 16;
const PWD_BYTES = 24;

/** What SDP calls `ice-ufrag` (96 random bits) and `ice-pwd` (144). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Credentials, and the state of their HMAC for as long as they may be used: it costs more to make than to use. */
export class SigningCredentials implements IceCredentials {
  readonly ufrag = randomCharacters(UFRAG_BYTES);
  readonly pwd = randomCharacters(PWD_BYTES);
  readonly hmac = new HmacSha1(Buffer.from(this.pwd, 'latin1'));
}

/** Six bits each; a multiple of four, so that base64 needs no padding, which ICE does not allow. */
function randomCharacters(count: number): string {
  return randomBytes((count / 4) * 3).toString('base64');
}
