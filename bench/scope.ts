export interface Closeable {
  close(): Promise<void>;
}

/** What a run has opened, closed in reverse order: at its end, on Ctrl-C, or when it fails. */
export class Scope {
  private readonly open: Closeable[] = [];

  use<T extends Closeable>(resource: T): T {
    this.open.push(resource);
    return resource;
  }

  /** Everything is closed, even when some of it fails to. */
  async close(): Promise<void> {
    for (let resource = this.open.pop(); resource; resource = this.open.pop()) {
      await resource.close().catch((error: unknown) => console.error('while closing:', error));
    }
  }
}
