import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CLOSE_REASONS } from '../relay/media-protocol.js';
import { JOIN_RESULTS, type RelayEvents } from '../relay/relay.types.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { Status } from './status.dto.js';

/** How listeners came and went since the server started. */
@Injectable()
export class ListenerTally implements OnModuleInit, OnModuleDestroy {
  private readonly joined = zeroes(JOIN_RESULTS);
  private readonly ended = zeroes(CLOSE_REASONS);

  private readonly onJoin = (...[result]: RelayEvents['join']): void => {
    this.joined[result] += 1;
  };
  private readonly onPeerClosed = (...[role, reason]: RelayEvents['peerClosed']): void => {
    if (role === 'listener') this.ended[reason] += 1;
  };

  constructor(private readonly relay: RelayRegistry) {}

  get joins(): Status['joins'] {
    return { ...this.joined };
  }

  get disconnects(): Status['listenerDisconnects'] {
    return { ...this.ended };
  }

  onModuleInit(): void {
    this.relay.events.on('join', this.onJoin);
    this.relay.events.on('peerClosed', this.onPeerClosed);
  }

  onModuleDestroy(): void {
    this.relay.events.off('join', this.onJoin);
    this.relay.events.off('peerClosed', this.onPeerClosed);
  }
}

function zeroes<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
