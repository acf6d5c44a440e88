import { ReplayWindow } from './replay-window.js';

const LIVE_SOURCES = 4;
const GONE_SOURCES = 64;

/**
 * The replay windows of one key by SSRC, four at most. A fifth takes the place of the one that was silent for longest, which
 * stays refused from then on: with its window forgotten, anyone who recorded its packets could send them again. After 64 of
 * those no other SSRC is taken. Only packets that authenticate get here, so that a peer can do this to itself alone.
 */
export class KnownSources {
  /** In the order in which they were heard, the newest last. */
  private readonly live = new Map<number, ReplayWindow>();
  private readonly gone = new Set<number>();

  /** Undefined for an SSRC that was not heard yet. */
  windowOf(ssrc: number): ReplayWindow | undefined {
    return this.live.get(ssrc);
  }

  /** Whether packets of this SSRC are worth opening. */
  admits(ssrc: number): boolean {
    if (this.live.has(ssrc)) return true;
    return !this.gone.has(ssrc) && (this.live.size < LIVE_SOURCES || this.gone.size < GONE_SOURCES);
  }

  /** An authentic packet with an index that its window has not seen. */
  heard(ssrc: number, index: number): void {
    const window = this.live.get(ssrc) ?? new ReplayWindow();
    window.add(index);
    this.live.delete(ssrc);
    this.live.set(ssrc, window);
    const [oldest] = this.live.keys();
    if (this.live.size <= LIVE_SOURCES || oldest === undefined) return;
    this.live.delete(oldest);
    this.gone.add(oldest);
  }
}
