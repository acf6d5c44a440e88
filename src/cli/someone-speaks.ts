import { setTimeout as sleep } from 'node:timers/promises';
import { OfferingPeer } from '../peer-kit/offering-peer.js';
import { BroadcastError, connectPeer, type BroadcastTarget } from './connect-peer.js';

/** Many packets long, and short enough for listeners who wait. */
const LISTEN_MS = 1_000;
const POLL_MS = 20;

/**
 * Listens to the broadcast for a moment, as anyone may. A server does not tell a broadcaster that another one took over,
 * and two that both come back would take over from each other for ever.
 *
 * @returns false also when there is no way to tell
 */
export async function someoneSpeaks(target: BroadcastTarget, signal: AbortSignal): Promise<boolean> {
  let packets = 0;
  const peer = new OfferingPeer();
  peer.onRtp(() => (packets += 1));
  try {
    await connectPeer(peer, target, '/consumer', signal);
    const deadlineMs = performance.now() + LISTEN_MS;
    while (packets === 0 && performance.now() < deadlineMs) await sleep(POLL_MS, undefined, { signal });
    return packets > 0;
  } catch (error) {
    if (error instanceof BroadcastError) return false;
    throw error;
  } finally {
    peer.close();
  }
}
