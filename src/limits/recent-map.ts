/** A map of at most `capacity` entries: beyond them the one that was not written for longest is dropped. */
export class RecentMap<K, V> {
  private readonly entries = new Map<K, V>();

  constructor(
    private readonly capacity: number,
    /** Called with a value that was dropped for lack of room. */
    private readonly onDropped: (value: V) => void = () => undefined,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  /** Writes an entry, and makes it the newest. */
  set(key: K, value: V): void {
    // A map keeps the order of insertion: deleting first moves the entry to its end.
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.capacity) return;
    const [oldest] = this.entries;
    if (oldest === undefined) return;
    this.entries.delete(oldest[0]);
    this.onDropped(oldest[1]);
  }

  delete(key: K): void {
    this.entries.delete(key);
  }

  values(): IterableIterator<V> {
    return this.entries.values();
  }

  clear(): void {
    this.entries.clear();
  }
}
