import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LoadMeter } from './load-meter.js';

const READ_EVERY_MS = 1_000;
/** One long second is a burst of joins, or the start; three in a row are trouble. */
const SUSTAINED_READINGS = 3;

/** How promptly this process gets to its work. */
@Injectable()
export class ProcessLoad implements OnModuleDestroy {
  private readonly meter = new LoadMeter();
  private readonly timer: NodeJS.Timeout;
  /** The newest last. */
  private lagsMs: readonly number[] = [];

  constructor() {
    this.timer = setInterval(() => {
      this.lagsMs = [...this.lagsMs, this.meter.read().eventLoopLagMs].slice(-SUSTAINED_READINGS);
    }, READ_EVERY_MS).unref();
  }

  /** Longest delay of the event loop within the last whole second. */
  get eventLoopLagMs(): number {
    return this.lagsMs.at(-1) ?? 0;
  }

  /** What the delay reached in each of the last seconds. */
  get sustainedLagMs(): number {
    return this.lagsMs.length < SUSTAINED_READINGS ? 0 : Math.min(...this.lagsMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.meter.close();
  }
}
