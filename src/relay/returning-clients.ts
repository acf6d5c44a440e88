import { hash } from 'node:crypto';
import type { PeerRole } from './media-protocol.js';
import type { PeerHandle } from './peer-handle.js';
import type { PeerOffer } from './relay.types.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';

/** Long enough for a call that is sent again because its answer was lost on the way. */
const SAME_ANSWER_MS = 60_000;

export interface Answered {
  readonly answer: string;
  readonly handle: PeerHandle;
}

/**
 * Names the client behind an offer, the same for every offer of one `RTCPeerConnection` (RFC 8866, 5.2; RFC 8842). Certificates
 * are in clear in DTLS 1.2, so that it takes the whole `o=` identity too, which only those see who saw an offer.
 */
export function clientKeyOf(role: PeerRole, broadcastId: string, offer: ReducedOffer): string {
  const { fingerprints, origin, tlsId } = offer;
  const certificates = fingerprints.map((each) => `${each.hash} ${each.value}`);
  const parts = [role, broadcastId, origin.identity, tlsId ?? null, ...certificates];
  return hash('sha256', JSON.stringify(parts), 'base64');
}

interface GivenAnswer {
  readonly promise: Promise<Answered | undefined>;
  /** Once there is an answer. */
  handle: PeerHandle | undefined;
}

/**
 * Clients that come again: whose call is sent twice, whose network changed (RFC 3264, 8; RFC 8839, 4.4), or whose peer is no more.
 * An identical offer gets the answer that it got, while that peer lives and for a minute.
 */
export class ReturningClients {
  private readonly answers = new Map<string, GivenAnswer>();
  /** Living peers by client, in the order of their offers. */
  private readonly peers = new Map<string, readonly PeerHandle[]>();

  /** @param make what answers an offer that was not answered yet; nothing is kept of undefined */
  async answerOnce<Result extends Answered | undefined>(
    role: PeerRole,
    { connectionID, sdp }: PeerOffer,
    make: () => Promise<Result>,
  ): Promise<Result> {
    const key = offerKeyOf(role, String(connectionID), sdp);
    const given = this.answers.get(key);
    // Two calls at once become one peer.
    if (given !== undefined && given.handle?.state !== 'closed') return given.promise as Promise<Result>;
    const promise = make();
    const making: GivenAnswer = { promise, handle: undefined };
    this.answers.set(key, making);
    const forget = (): void => {
      if (this.answers.get(key) === making) this.answers.delete(key);
    };
    try {
      const answered = await promise;
      making.handle = answered?.handle;
      if (answered === undefined) forget();
      else setTimeout(forget, SAME_ANSWER_MS).unref();
      return answered;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** The newest living peer of a client. */
  peerOf(clientKey: string): PeerHandle | undefined {
    return this.peers.get(clientKey)?.at(-1);
  }

  opened(handle: PeerHandle): void {
    this.peers.set(handle.clientKey, [...(this.peers.get(handle.clientKey) ?? []), handle]);
  }

  /** Peers that the client has left for good once this one is connected: it has one DTLS association, and this is it. */
  predecessorsOf(handle: PeerHandle): readonly PeerHandle[] {
    const peers = this.peers.get(handle.clientKey) ?? [];
    return peers.slice(0, Math.max(0, peers.indexOf(handle)));
  }

  closed(handle: PeerHandle): void {
    const left = this.peers.get(handle.clientKey)?.filter((peer) => peer !== handle) ?? [];
    if (left.length === 0) this.peers.delete(handle.clientKey);
    else this.peers.set(handle.clientKey, left);
  }
}

/** Offers are hashed, and not kept: each has some kilobytes. */
function offerKeyOf(role: PeerRole, broadcastId: string, sdp: string): string {
  return hash('sha256', `${role} ${broadcastId.length} ${broadcastId} ${sdp}`, 'base64');
}
