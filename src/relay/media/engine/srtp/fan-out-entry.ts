import type { Route } from '../udp/route.js';
import { OCTETS, PACKETS, ROW_NUMBERS, type ListenerTable } from './listener-table.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';

/** The fan-out, as its entries see it. */
export interface EntryOwner {
  readonly table: ListenerTable;
  onRekeyed(entry: FanOutEntry): void;
  onRemoved(entry: FanOutEntry): void;
}

/** One listener of a fan-out. */
export class FanOutEntry {
  /** What it had been sent when it left. */
  private total: { readonly packets: number; readonly octets: number } | undefined;

  /**
   * @param row where the fan-out keeps what it needs for each packet; the fan-out changes it
   * @param onFirstSent called by the fan-out
   */
  constructor(
    public row: number,
    private keys: SrtpSenderKeys,
    private currentRoute: Route,
    private readonly owner: EntryOwner,
    readonly onFirstSent: () => void,
  ) {
    owner.table.setRoute(row, currentRoute);
  }

  get route(): Route {
    return this.currentRoute;
  }

  /** From the next packet on. */
  set route(route: Route) {
    this.currentRoute = route;
    if (this.total === undefined) this.owner.table.setRoute(this.row, route);
  }

  /** RTP packets sent, over all keys (RFC 3550 section 6.4.1). */
  get packets(): number {
    return this.total?.packets ?? this.owner.table.numbers[this.row * ROW_NUMBERS + PACKETS] ?? 0;
  }

  /** Bytes of payload in them. */
  get octets(): number {
    return this.total?.octets ?? this.owner.table.numbers[this.row * ROW_NUMBERS + OCTETS] ?? 0;
  }

  /** The keys of a new association, taken over. Its sequence begins anew: another first number, ROC 0. */
  rekey(keys: SrtpSenderKeys): void {
    if (this.total !== undefined) {
      keys.free();
      return;
    }
    this.keys.free();
    this.keys = keys;
    this.owner.table.setKeys(this.row, keys);
    this.owner.onRekeyed(this);
  }

  /** Frees the keys; once. */
  remove(): void {
    if (this.total !== undefined) return;
    this.total = { packets: this.packets, octets: this.octets };
    this.owner.onRemoved(this);
    this.keys.free();
  }
}
