import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from './relay.types.js';

/**
 * Owns every broadcast and every peer handle. The only door to the media part of the server: services, status, health
 * and metrics talk to nothing else.
 */
@Injectable()
export class RelayRegistry {
  readonly events = new EventEmitter<RelayEvents>();

  /** Begins a broadcast, or takes over the one of the same `connectionID`. Resolves to the answer's SDP. */
  startBroadcast(_offer: PeerOffer): Promise<string> {
    throw new Error('being built');
  }

  /** Adds a listener. Resolves to the answer's SDP, or to undefined when there is no such broadcast. */
  joinBroadcast(_offer: PeerOffer): Promise<string | undefined> {
    throw new Error('being built');
  }

  /** Listeners by broadcast id, for `GET /broadcast`. */
  listeners(): Map<string, ListenerEntry[]> {
    return new Map();
  }

  snapshot(): RelaySnapshot {
    return { broadcasts: [], workers: [], totalListeners: 0, stopping: false };
  }
}
