import type { OpusConfig } from '../../config/app-config.js';
import type { OpenPeerRequest } from '../media-protocol.js';
import type { EngineSettings } from './engine-peer.js';
import type { MediaBus } from './media-bus.js';
import type { MediaCounters } from './media-counters.js';
import type { WatchLimits } from './peer-watch.js';

/** What all peers of a worker share. */
export interface PeerContext {
  readonly engine: EngineSettings;
  /** That the worker holds. */
  readonly udpPort: number;
  readonly opus: OpusConfig;
  readonly publicIps: readonly string[];
  readonly watchLimits: WatchLimits;
  readonly bus: MediaBus;
  readonly counters: MediaCounters;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** A defect while handling a peer's packet: that packet is lost, nothing else. */
  readonly onPeerError: (peer: OpenPeerRequest, error: unknown) => void;
}
