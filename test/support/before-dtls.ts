import { isDtls } from './datagram-kinds.js';
import type { MediaProxy } from './media-proxy.js';
import type { RelayScene } from './relay-scene.js';
import { mediaPort } from './signaling.js';

export const DTLS_ALERT = 21;
export const DTLS_HANDSHAKE = 22;

/** Of the record's one handshake message (RFC 6347, 4.2.2), in the open until the keys change. */
const SERVER_HELLO = 2;

/** A listener that ICE let in, and that has not begun DTLS: the next ClientHello from its address is taken for its own. */
export async function beforeDtls(scene: RelayScene): Promise<{ readonly proxy: MediaProxy; readonly port: number }> {
  const { proxy, answer } = await scene.rtpListener({
    behindProxy: true,
    editOffer: (sdp) => sdp.replace('a=setup:actpass', 'a=setup:active'),
    prepareProxy: (fresh) => (fresh.passes = (datagram) => !isDtls(datagram)),
  });
  return { proxy, port: mediaPort(answer.sdp) };
}

/** Content types of the DTLS records that the relay sent. */
export function contentTypes({ fromRelay }: MediaProxy): number[] {
  return [...new Set(fromRelay.filter(isDtls).map(([type]) => type!))];
}

/** Whether the relay took a whole ClientHello, and answered it. */
export function wasAnswered({ fromRelay }: MediaProxy): boolean {
  return fromRelay.some((datagram) => datagram[0] === DTLS_HANDSHAKE && datagram[13] === SERVER_HELLO);
}
