import type { OpusConfig } from '../../config/app-config.js';
import type { OpenPeerRequest } from '../media-protocol.js';
import type { MediaEngine } from './engine/media-engine.js';
import type { MediaBus } from './media-bus.js';
import type { MediaCounters } from './media-counters.js';

/** What all peers of a worker share. */
export interface PeerContext {
  readonly engine: MediaEngine;
  readonly opus: OpusConfig;
  readonly publicIps: readonly string[];
  readonly bus: MediaBus;
  readonly counters: MediaCounters;
  /** By it peers are judged: it stands still while this process is away. What is numbered or measured goes by the true time. */
  readonly now: () => number;
  /** A defect while handling a peer's packet: that packet is lost, nothing else. */
  readonly onPeerError: (peer: OpenPeerRequest, error: unknown) => void;
}
