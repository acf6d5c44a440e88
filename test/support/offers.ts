import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('offers/', import.meta.url);

/** Names of the recorded offers; the ones called `…-like` are written by hand after the real ones. */
export const OFFER_NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.sdp$/, ''));

/** A recorded offer as it is on the wire, with CRLF line ends. */
export function recordedOffer(name: string): string {
  return readFileSync(new URL(`${name}.sdp`, FOLDER), 'utf8').replaceAll('\n', '\r\n');
}

let clients = 0;

/** The same offer of somebody else: a client is known by the `o=` line and the fingerprints of its offers. */
export function ofAnotherClient(offer: string): string {
  clients += 1;
  return offer.replace(/^(o=\S+ )\d+/m, `$1${clients}`);
}
