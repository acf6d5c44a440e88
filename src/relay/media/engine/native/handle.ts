import type { Pointer } from './foreign.js';

let open = 0;

/** Handles that are not freed yet, of all kinds: what does not come back to its former number is a leak. */
export function openHandles(): number {
  return open;
}

/** An object of C's that one owner frees, once; freeing it again does nothing. */
export class Handle {
  private address: Pointer;

  /**
   * @param address as its maker gave it
   * @param release of C, called once
   * @throws Error for NULL: the library had no memory, or refused
   */
  constructor(
    address: Pointer,
    private readonly release: (address: Pointer) => void,
  ) {
    if (address === null) throw new Error('OpenSSL could not make an object');
    this.address = address;
    open += 1;
  }

  /** @throws Error once it is freed: C would take it for one that lives */
  get pointer(): bigint {
    if (this.address === null) throw new Error('a handle was used after it was freed');
    return this.address;
  }

  free(): void {
    if (this.address === null) return;
    const { address } = this;
    this.address = null;
    open -= 1;
    this.release(address);
  }
}
