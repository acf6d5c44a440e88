import { DelayHistogram } from '../measure/delay-histogram.js';
import { Listener } from './listener.js';
import type { OpenPeer } from './listening-peer.js';
import type { ListenerRequests, ListenerSettings, ListenerWindow } from './load-protocol.js';
import { peersOf } from './open-peer.js';
import type { Probe } from './probe-payload.js';
import { serveRequests } from './serve-requests.js';

/** A process that holds some listeners. Killing it makes all of them vanish without a goodbye. */

const TICK_MS = 100;

const listeners = new Map<string, Listener>();
const delays = new DelayHistogram();
/** Until the last listener had it, by the broadcaster's number of the packet. */
const lastDelays = new Map<number, number>();
let settings: ListenerSettings | undefined;
let openPeer: OpenPeer | undefined;

function noteDelay({ counter, sentAtMs }: Probe, arrivedAtMs: number): void {
  const delayMs = arrivedAtMs - sentAtMs;
  delays.add(delayMs);
  if (delayMs > (lastDelays.get(counter) ?? 0)) lastDelays.set(counter, delayMs);
}

function windowReport(): ListenerWindow {
  const counts = [...listeners.values()].map((listener) => listener.tracker.counts());
  const sum = (pick: (count: (typeof counts)[number]) => number) => counts.reduce((total, c) => total + pick(c), 0);
  return {
    listeners: counts.length,
    deaf: counts.filter((count) => count.received === 0).length,
    received: sum((count) => count.received),
    lost: sum((count) => count.lost),
    duplicates: sum((count) => count.duplicates),
    fewest: counts.reduce((least, count) => Math.min(least, count.received), Infinity),
    delayHistogram: delays.toJSON(),
    lastDelays: [...lastDelays],
  };
}

setInterval(() => {
  const nowMs = performance.now();
  for (const listener of listeners.values()) listener.tick(nowMs);
}, TICK_MS);

serveRequests<ListenerRequests>({
  configure: async (request) => {
    settings = request;
    openPeer = await peersOf(request);
    return null;
  },
  join: async ({ label }) => {
    if (!settings || !openPeer) throw new Error('not configured');
    const listener = new Listener(label, settings, openPeer, noteDelay);
    listeners.set(label, listener);
    const outcome = await listener.join();
    if (!outcome.joined) {
      listener.close();
      listeners.delete(label);
    }
    return outcome;
  },
  leave: ({ labels }) => {
    for (const label of labels) {
      listeners.get(label)?.close();
      listeners.delete(label);
    }
    return Promise.resolve(null);
  },
  mark: () => {
    for (const { tracker } of listeners.values()) tracker.mark();
    delays.clear();
    lastDelays.clear();
    return Promise.resolve(null);
  },
  report: () => Promise.resolve(windowReport()),
});
