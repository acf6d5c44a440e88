import { AddressShareError } from '../errors/app-error.js';

/** Whoever connects at all does so in a second or two. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Listeners that have their answer and are not connected yet, by address. Each holds memory until
 * `PEER_CONNECT_TIMEOUT_MS` is over, and anyone may ask for one: so one address gets only so many at a time.
 */
export class ConnectingPeers {
  private readonly addressKeys = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(private readonly maxPerAddress: number) {}

  /** @throws AddressShareError when the address has its share */
  assertRoom(addressKey: string): void {
    if (this.count(addressKey) < this.maxPerAddress) return;
    throw new AddressShareError(
      'Too many listeners of this address are connecting at the moment.',
      RETRY_AFTER_SECONDS,
    );
  }

  add(peerId: string, addressKey: string): void {
    this.addressKeys.set(peerId, addressKey);
    this.counts.set(addressKey, this.count(addressKey) + 1);
  }

  /** The peer connected, or is gone; whoever was removed already stays so. */
  remove(peerId: string): void {
    const addressKey = this.addressKeys.get(peerId);
    if (addressKey === undefined) return;
    this.addressKeys.delete(peerId);
    const left = this.count(addressKey) - 1;
    if (left === 0) this.counts.delete(addressKey);
    else this.counts.set(addressKey, left);
  }

  private count(addressKey: string): number {
    return this.counts.get(addressKey) ?? 0;
  }
}
