import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import type { BroadcastSession } from './broadcast-session.js';
import type { PeerCloseReason, WorkerEvent } from './media-protocol.js';
import type { PeerHandle } from './peer-handle.js';
import type { BroadcastState } from './relay.types.js';

/** Ends that somebody wanted; all others are worth a line at `info`. */
const ORDINARY: readonly PeerCloseReason[] = ['left', 'closed_by_relay', 'shutdown'];

/**
 * The lines about broadcasts and peers. Each names the request that it is about, which need not be the one that is being
 * answered just now: so they are written outside of any request.
 */
export class RelayLog {
  private readonly logger = new Logger('Relay');
  private readonly outsideOfRequests = AsyncLocalStorage.snapshot();

  broadcastChanged(session: BroadcastSession, state: BroadcastState): void {
    this.write('log', 'broadcast changed', {
      masjidId: session.broadcastId,
      requestId: session.newestRequestId,
      state,
      listeners: session.listeners.size,
    });
  }

  peerOpened(handle: PeerHandle, masjidId: string): void {
    this.write('debug', 'peer opened', this.fieldsOf(handle, masjidId));
  }

  peerClosed(handle: PeerHandle, masjidId: string, reason: PeerCloseReason): void {
    this.write(ORDINARY.includes(reason) ? 'debug' : 'log', 'peer closed', {
      ...this.fieldsOf(handle, masjidId),
      reason,
      wasConnected: handle.wasConnected,
      wasHeard: handle.flowing,
    });
  }

  /** What a media worker wants said. */
  ofWorker({ level, message, fields }: WorkerEvent & { readonly type: 'log' }): void {
    this.write(level === 'info' ? 'log' : level, message, fields);
  }

  private fieldsOf(handle: PeerHandle, masjidId: string) {
    const { peerId, role, connectionID, worker, origin, secondsSinceOffer } = handle;
    return {
      masjidId,
      connectionID,
      requestId: origin.requestId,
      peerId,
      role,
      worker: worker.index,
      seconds: Math.round(secondsSinceOffer * 1_000) / 1_000,
    };
  }

  private write(level: 'debug' | 'log' | 'warn' | 'error', message: string, fields: object): void {
    this.outsideOfRequests(() => {
      this.logger[level](fields, message);
    });
  }
}
