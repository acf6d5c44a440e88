import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Fewer leave less than a collection costs. */
const CROWD = 200;
const LEFT_SHARE = 0.1;
const QUIET_MS = 5_000;

/**
 * Collects garbage once a crowd has left. What it used is old by then, and V8 comes to old objects only when new ones press:
 * after an azaan nothing does, for hours.
 */
export class CrowdMemory {
  private most = 0;
  private now = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly collect: () => void = collectGarbage) {}

  /** @param size of the crowd; told whenever it changes */
  crowdIs(size: number): void {
    this.now = size;
    this.most = Math.max(this.most, size);
    if (this.most < CROWD || size > this.most * LEFT_SHARE) return;
    // It still leaves: the time begins anew.
    this.timer = this.timer?.refresh() ?? setTimeout(() => this.afterCrowd(), QUIET_MS).unref();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private afterCrowd(): void {
    this.timer = undefined;
    // Others came instead.
    if (this.now > this.most * LEFT_SHARE) return;
    this.most = this.now;
    this.collect();
  }
}

/** A whole collection. The function that V8 offers for it is in no context but those that are made after the flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
