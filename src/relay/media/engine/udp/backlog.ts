import { NAME_BYTES } from './receive-slots.js';

/** Several times what the kernel keeps where nobody raised its limits. */
const MAX_DATAGRAMS = 4096;
const MAX_BYTES = 4 * 1024 * 1024;

/** A datagram behind whom it came from, which is `NAME_BYTES` long. */
export interface Kept<Source> {
  readonly source: Source;
  readonly memory: Buffer;
}

/** Datagrams that wait for their turn, copied; first in, first out. */
export class Backlog<Source> {
  private kept: Kept<Source>[] = [];
  private taken = 0;
  private bytes = 0;

  get isEmpty(): boolean {
    return this.taken === this.kept.length;
  }

  /** A read may still go a little beyond. */
  get isFull(): boolean {
    return this.kept.length >= MAX_DATAGRAMS || this.bytes >= MAX_BYTES;
  }

  add(source: Source, bytes: Buffer, name: Buffer): void {
    const memory = Buffer.allocUnsafe(NAME_BYTES + bytes.length);
    name.copy(memory);
    bytes.copy(memory, NAME_BYTES);
    this.bytes += memory.length;
    this.kept.push({ source, memory });
  }

  take(): Kept<Source> | undefined {
    const first = this.kept[this.taken];
    if (first === undefined) return undefined;
    this.taken += 1;
    if (this.taken === this.kept.length) this.clear();
    return first;
  }

  clear(): void {
    this.kept = [];
    this.taken = 0;
    this.bytes = 0;
  }
}
