/**
 * Lets only so many through in one turn of the event loop, in the order in which they came. A crowd that comes at once would
 * otherwise be one long turn, in which nobody else is served.
 */
export class TurnGate {
  private left: number;
  private resetting = false;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly perTurn: number) {
    this.left = perTurn;
  }

  /** Resolves when it is the caller's turn: at once while there is room in this one. */
  async enter(): Promise<void> {
    if (!this.resetting) {
      this.resetting = true;
      setImmediate(() => this.nextTurn());
    }
    if (this.left > 0) this.left -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private nextTurn(): void {
    const through = this.waiting.splice(0, this.perTurn);
    this.left = this.perTurn - through.length;
    this.resetting = through.length > 0;
    if (this.resetting) setImmediate(() => this.nextTurn());
    for (const resolve of through) resolve();
  }
}
