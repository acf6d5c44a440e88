import type { Route } from '../udp/route.js';
import type { ListenerTable } from './listener-table.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';

export interface FanOutEntryHandlers {
  onFirstSent(): void;
  onRekeyed(entry: FanOutEntry): void;
  onRemoved(entry: FanOutEntry): void;
}

/** One listener of a fan-out. */
export class FanOutEntry {
  private isRemoved = false;
  /** What it had been sent when it left. */
  private total = { packets: 0, octets: 0 };

  /** @param row where the fan-out keeps what it needs for each packet; the fan-out changes it */
  constructor(
    public row: number,
    private keys: SrtpSenderKeys,
    private currentRoute: Route,
    private readonly table: ListenerTable,
    private readonly handlers: FanOutEntryHandlers,
  ) {}

  get route(): Route {
    return this.currentRoute;
  }

  /** From the next packet on. */
  set route(route: Route) {
    this.currentRoute = route;
    if (!this.isRemoved) this.table.setRoute(this.row, route);
  }

  /** RTP packets sent, over all keys (RFC 3550 section 6.4.1). */
  get packets(): number {
    return this.isRemoved ? this.total.packets : (this.table.packets[this.row] ?? 0);
  }

  /** Bytes of payload in them. */
  get octets(): number {
    return this.isRemoved ? this.total.octets : (this.table.octets[this.row] ?? 0);
  }

  /** The keys of a new association, taken over. Its sequence begins anew: another first number, ROC 0. */
  rekey(keys: SrtpSenderKeys): void {
    if (this.isRemoved) {
      keys.free();
      return;
    }
    this.keys.free();
    this.keys = keys;
    this.table.setKeys(this.row, keys);
    this.handlers.onRekeyed(this);
  }

  tellFirstSent(): void {
    this.handlers.onFirstSent();
  }

  /** Frees the keys; once. */
  remove(): void {
    if (this.isRemoved) return;
    this.total = { packets: this.packets, octets: this.octets };
    this.isRemoved = true;
    this.handlers.onRemoved(this);
    this.keys.free();
  }
}
