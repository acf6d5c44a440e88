import { Injectable } from '@nestjs/common';

/** Turns counters that begin again at 0 with every life of their owner into steps of counters that never fall. */
@Injectable()
export class RisingTotals {
  private readonly last = new Map<string, { readonly life: number; readonly value: number }>();

  /** How much `counter` has risen since the last call. @param life another number for each life of its owner */
  advance(counter: string, life: number, value: number): number {
    const last = this.last.get(counter);
    this.last.set(counter, { life, value });
    return last?.life === life ? Math.max(0, value - last.value) : value;
  }
}
