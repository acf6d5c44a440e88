import { Logger } from '@nestjs/common';
import type { BroadcastSession } from './broadcast-session.js';
import type { PeerCloseReason, WorkerEvent } from './media-protocol.js';
import type { PeerHandle } from './peer-handle.js';
import type { BroadcastState } from './relay.types.js';

/** Ends that somebody wanted; all others are worth a line at `info`. */
const ORDINARY: readonly PeerCloseReason[] = ['left', 'closed_by_relay', 'shutdown'];

/** The lines about broadcasts and peers. Each names the request that brought the peer, which need not be the present one. */
export class RelayLog {
  private readonly logger = new Logger('Relay');

  broadcastChanged(session: BroadcastSession, state: BroadcastState): void {
    const { broadcastId: masjidId, newestRequestId: requestId, listeners } = session;
    this.logger.log({ masjidId, requestId, state, listeners: listeners.size }, 'broadcast changed');
  }

  openingFailed(handle: PeerHandle, masjidId: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ ...fieldsOf(handle, masjidId), reason }, 'peer could not be opened');
  }

  /** The client's next peer follows in the line of the call. */
  reofferFailed(handle: PeerHandle, masjidId: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.log({ ...fieldsOf(handle, masjidId), reason }, 'peer could not go on');
  }

  peerClosed(handle: PeerHandle, masjidId: string, reason: PeerCloseReason): void {
    const { wasConnected, flowing: wasHeard } = handle;
    const line = { ...fieldsOf(handle, masjidId), reason, wasConnected, wasHeard };
    this.logger[ORDINARY.includes(reason) ? 'debug' : 'log'](line, 'peer closed');
  }

  /** What a media worker wants said. */
  ofWorker({ level, message, fields }: WorkerEvent & { readonly type: 'log' }, worker: number): void {
    this.logger[level === 'info' ? 'log' : level]({ worker, ...fields }, message);
  }
}

function fieldsOf(handle: PeerHandle, masjidId: string) {
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
