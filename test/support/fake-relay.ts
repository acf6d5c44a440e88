import { EventEmitter } from 'node:events';
import type { RelayRegistry } from '../../src/relay/relay-registry.js';
import type { ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from '../../src/relay/relay.types.js';

type Relay = Pick<
  RelayRegistry,
  'events' | 'startBroadcast' | 'hasBroadcast' | 'joinBroadcast' | 'listeners' | 'snapshot' | 'setDraining'
>;

/** A relay without media, for tests of what stands in front of it: every member can be replaced. */
export class FakeRelay implements Relay {
  readonly events = new EventEmitter<RelayEvents>();
  startBroadcast: (offer: PeerOffer) => Promise<string> = async () => 'v=0 answer';
  joinBroadcast: (offer: PeerOffer) => Promise<string | undefined> = async () => undefined;
  hasBroadcast: RelayRegistry['hasBroadcast'] = () => false;
  listeners = (_broadcastId?: string): Map<string, ListenerEntry[]> => new Map();
  snapshot = (): RelaySnapshot => ({
    broadcasts: [],
    workers: [],
    totalListeners: 0,
    stopping: false,
    draining: this.draining,
  });
  setDraining = (draining: boolean): void => {
    this.draining = draining;
  };
  private draining = false;
}
