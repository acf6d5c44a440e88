/** Turns counters that begin again at 0 with every life of their owner into steps of one counter that never falls. */
export class RisingTotal {
  private readonly last = new Map<number, { readonly life: number; readonly value: number }>();

  /** How much `owner` has added since the last call. @param life another number for each of its lives */
  advance(owner: number, life: number, value: number): number {
    const last = this.last.get(owner);
    this.last.set(owner, { life, value });
    return last?.life === life ? Math.max(0, value - last.value) : value;
  }
}
