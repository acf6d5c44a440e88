import type { PeerCloseReason } from '../media-protocol.js';
import type { EngineState } from './engine-peer.js';

/** Browsers send RTCP every 2.5–7.5 s (RFC 3550, section 6.2): a longer gap means that a report was lost. */
const LONGEST_REPORT_GAP_MS = 8_000;

export interface WatchLimits {
  readonly connectTimeoutMs: number;
  readonly silenceTimeoutMs: number;
}

export type Finding =
  { readonly kind: 'pending' | 'connected' | 'alive' } | { readonly kind: 'over'; readonly reason: PeerCloseReason };

/**
 * Decides from what the engine says and what the peer sends whether a peer is still there. ICE alone needs half a minute
 * to miss a peer that vanished (RFC 7675); a peer that was heard regularly and then is not, is gone much sooner. A peer
 * whose network loses packets is left to ICE, so that two lost reports do not cost a listener the azaan.
 */
export class PeerWatch {
  private connected = false;
  private lossy = false;
  private lastHeardMs: number;
  private readonly connectDeadlineMs: number;

  constructor(
    private readonly limits: WatchLimits,
    nowMs: number,
  ) {
    this.lastHeardMs = nowMs;
    this.connectDeadlineMs = nowMs + limits.connectTimeoutMs;
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** Something authentic came from the peer. */
  heard(nowMs: number, reportsLoss: boolean): void {
    if (reportsLoss || nowMs - this.lastHeardMs > LONGEST_REPORT_GAP_MS) this.lossy = true;
    this.lastHeardMs = nowMs;
  }

  /** `connected` is said once; afterwards the peer is `alive` until it is `over`. */
  check(engineState: EngineState, nowMs: number): Finding {
    switch (engineState) {
      case 'closed':
        // The engine closes a peer by itself when its certificate is not the one of its offer.
        return { kind: 'over', reason: this.connected ? 'left' : 'failed' };
      case 'failed':
        return { kind: 'over', reason: 'failed' };
      case 'connecting':
        return nowMs > this.connectDeadlineMs ? { kind: 'over', reason: 'connect_timeout' } : { kind: 'pending' };
      case 'connected':
        break;
      default:
        return engineState satisfies never;
    }
    if (!this.connected) {
      this.connected = true;
      this.lastHeardMs = nowMs;
      return { kind: 'connected' };
    }
    if (!this.lossy && nowMs - this.lastHeardMs > this.limits.silenceTimeoutMs)
      return { kind: 'over', reason: 'silent' };
    return { kind: 'alive' };
  }
}
