import type { BroadcastSession } from './broadcast-session.js';
import type { PeerHandle } from './peer-handle.js';
import type { BroadcastChange } from './relay.types.js';

/** Sound of `broadcaster` came for the first time; `previous` was heard before it, if anybody was. */
export function speakerChange(
  { broadcastId }: BroadcastSession,
  { origin: broadcaster }: PeerHandle,
  previous: PeerHandle | undefined,
): BroadcastChange {
  if (previous === undefined) return { kind: 'started', broadcastId, broadcaster };
  return { kind: 'taken_over', broadcastId, broadcaster, previous: previous.origin };
}

/** @returns undefined for a broadcast that nobody was heard in */
export function stopOf(session: BroadcastSession): BroadcastChange | undefined {
  const { broadcastId, speaker, startedAt, peakListeners } = session;
  if (speaker === undefined) return undefined;
  const durationSeconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
  return { kind: 'stopped', broadcastId, broadcaster: speaker.origin, durationSeconds, peakListeners };
}
