import { DelayHistogram } from '../measure/delay-histogram.js';
import { Listener } from './listener.js';
import type { ListenerRequests, ListenerSettings, ListenerWindow } from './load-protocol.js';
import { serveRequests } from './serve-requests.js';

/** A process that holds some listeners. Killing it makes all of them vanish without a goodbye. */

const REPORT_CHECK_MS = 100;

const listeners = new Map<string, Listener>();
const delays = new DelayHistogram();
let settings: ListenerSettings | undefined;

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
  };
}

setInterval(() => {
  const nowMs = performance.now();
  for (const listener of listeners.values()) listener.reportReception(nowMs);
}, REPORT_CHECK_MS);

serveRequests<ListenerRequests>({
  configure: (request) => {
    settings = request;
    return Promise.resolve(null);
  },
  join: async ({ label }) => {
    if (!settings) throw new Error('not configured');
    const listener = new Listener(label, settings, (delayMs) => delays.add(delayMs));
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
    return Promise.resolve(null);
  },
  report: () => Promise.resolve(windowReport()),
});
