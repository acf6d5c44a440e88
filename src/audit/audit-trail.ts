import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SecretsService } from '../config/secrets.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { BroadcastChange, PeerOrigin } from '../relay/relay.types.js';
import type { AuditEvent } from './audit-events.js';
import { AuditLog } from './audit-log.js';

/** Records what happens without a call, or long after it: broadcasts, and keys that were replaced. */
@Injectable()
export class AuditTrail implements OnModuleInit {
  constructor(
    private readonly audit: AuditLog,
    private readonly relay: RelayRegistry,
    private readonly secrets: SecretsService,
  ) {}

  onModuleInit(): void {
    this.relay.events.on('broadcastChanged', (change) => this.audit.record(broadcastEvent(change)));
    this.secrets.events.on('replaced', () => this.audit.record(this.keysReplaced()));
  }

  private keysReplaced(): AuditEvent {
    const { jwtKeys, jwtPublicKeys } = this.secrets;
    const kids = [...jwtKeys, ...jwtPublicKeys].map(({ kid }) => kid);
    return { event: 'keys.replaced', signingKid: jwtKeys[0].kid, kids };
  }
}

function broadcastEvent(change: BroadcastChange): AuditEvent {
  const broadcast = { masjidId: change.broadcastId, ...whoIs(change.broadcaster) };
  switch (change.kind) {
    case 'started':
      return { event: 'broadcast.started', ...broadcast };
    case 'taken_over':
      return { event: 'broadcast.taken_over', ...broadcast, previousActor: change.previous.actor };
    case 'stopped': {
      const { durationSeconds, peakListeners } = change;
      return { event: 'broadcast.stopped', ...broadcast, durationSeconds, peakListeners };
    }
    default:
      return change satisfies never;
  }
}

function whoIs({ actor, clientAddress: address, requestId }: PeerOrigin) {
  return { actor, address, requestId };
}
