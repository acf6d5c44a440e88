import { type Route } from '../udp/route.js';

/** A client tries as many pairs as it has interfaces, relays and protocols; more than this it does not keep in use. */
const MAX_ADDRESSES = 8;

/** An address from which its owner authenticated. */
export interface ValidatedAddress {
  readonly route: Route;
  /** When it last was heard from there, authenticated. */
  heardAtMs: number;
}

/** The addresses of one agent, eight at most. */
export class ValidatedAddresses {
  private readonly byKey = new Map<string, ValidatedAddress>();

  get(key: string): ValidatedAddress | undefined {
    return this.byKey.get(key);
  }

  keys(): IterableIterator<string> {
    return this.byKey.keys();
  }

  /**
   * Adds one that is not there yet.
   *
   * @param keep the one that carries the media: it never has to go
   * @returns the one that had to go, which was silent for longest
   */
  add(added: ValidatedAddress, keep: ValidatedAddress | undefined): ValidatedAddress | undefined {
    this.byKey.set(added.route.key, added);
    if (this.byKey.size <= MAX_ADDRESSES) return undefined;
    let oldest: ValidatedAddress | undefined;
    for (const address of this.byKey.values()) {
      if (address === added || address === keep) continue;
      if (oldest === undefined || address.heardAtMs < oldest.heardAtMs) oldest = address;
    }
    if (oldest !== undefined) this.byKey.delete(oldest.route.key);
    return oldest;
  }

  delete(key: string): void {
    this.byKey.delete(key);
  }

  clear(): void {
    this.byKey.clear();
  }
}
