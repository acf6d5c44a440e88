import type { BroadcasterReport } from './media-protocol.js';
import type { SourceRates } from './relay.types.js';

/** At 16 packets a second, one second would swing by a packet. */
const WINDOW_MS = 5_000;

type Counters = Pick<BroadcasterReport, 'peerId' | 'packets' | 'payloadBytes' | 'lost'>;

/** Turns the rising counters of one broadcaster into rates over the last seconds. */
export class RateWindow {
  private samples: { readonly counters: Counters; readonly atMs: number }[] = [];

  /** @param atMs the clock of the worker that counted */
  add(counters: Counters, atMs: number): void {
    if (this.samples[0]?.counters.peerId !== counters.peerId) this.samples = [];
    this.samples.push({ counters, atMs });
    while ((this.samples[1]?.atMs ?? Infinity) <= atMs - WINDOW_MS) this.samples.shift();
  }

  clear(): void {
    this.samples = [];
  }

  /** @returns undefined before the second sample */
  read(): SourceRates | undefined {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
    const seconds = (last.atMs - first.atMs) / 1_000;
    const packets = last.counters.packets - first.counters.packets;
    // A packet that comes late is no longer lost.
    const lost = Math.max(0, last.counters.lost - first.counters.lost);
    return {
      packetsPerSecond: packets / seconds,
      bitrate: ((last.counters.payloadBytes - first.counters.payloadBytes) * 8) / seconds,
      lossPercent: lost === 0 ? 0 : (100 * lost) / (packets + lost),
    };
  }
}
