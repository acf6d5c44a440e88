/**
 * Hands over in one array, in their order, what was added within one turn of the event loop: a message between processes costs
 * far more than what is in it.
 */
export class TurnBatch<Item> {
  private items: Item[] = [];

  constructor(private readonly handOver: (items: Item[]) => void) {}

  add(item: Item): void {
    if (this.items.push(item) === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    const items = this.items;
    this.items = [];
    this.handOver(items);
  }
}
