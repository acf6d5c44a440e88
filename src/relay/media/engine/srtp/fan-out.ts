import { randomInt } from 'node:crypto';
import type { Route } from '../udp/route.js';
import type { SendBatch } from '../udp/send-batch.js';
import { FanOutEntry, type EntryOwner } from './fan-out-entry.js';
import {
  FROM,
  ListenerTable,
  OCTETS,
  PACKETS,
  ROW_NUMBERS,
  ROW_WORDS,
  SOCKADDR,
  SOCKADDR_BYTES,
} from './listener-table.js';
import { ReplayWindow } from './replay-window.js';
import {
  commonPacket,
  MAX_OVERHEAD_BYTES,
  MAX_PAYLOAD_BYTES,
  sealForListener,
  type CommonPacket,
  type FanOutPacket,
} from './sealing.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';

/** As many as one call of the kernel takes. */
const BATCH = 128;

/**
 * All listeners of one broadcast on this worker: seals each packet for each of them and sends it (RFC 3711, RFC 7714).
 *
 * Sequence number and ROC are each listener's own and follow our index from the first packet that it gets. An index is sealed
 * once at most, and never below that first one: under AES-GCM a repeated one would give away the authentication key. A
 * sequence ends after 2⁴⁸ packets, which no broadcast reaches.
 */
export class FanOut {
  /** Packets of single listeners that OpenSSL did not seal. */
  sealFailures = 0;
  /** Between two batches, to take in what has come meanwhile. Must not send, nor change a fan-out. */
  afterBatch: (() => void) | undefined;

  private readonly table = new ListenerTable();
  private readonly entries: FanOutEntry[] = [];
  /** Those whose sequence begins with the next packet. */
  private beginning = new Set<FanOutEntry>();
  private readonly sent = new ReplayWindow();
  /** The sockets that the running batch goes to. */
  private readonly begun: SendBatch[] = [];
  private readonly owner: EntryOwner = {
    table: this.table,
    onRekeyed: (entry) => this.beginning.add(entry),
    onRemoved: (entry) => this.remove(entry),
  };

  /** @param firstNumber of a listener's sequence: below 2¹⁵, so that a receiver that misses the first packets knows the ROC */
  constructor(
    readonly ssrc: number,
    private readonly firstNumber: () => number = () => randomInt(0x8000),
  ) {}

  get size(): number {
    return this.table.size;
  }

  /**
   * @param keys made for our SSRC; taken over, and freed when it leaves or gets others
   * @param onFirstSent called once, when the first packet went out; may change the fan-out
   */
  add(keys: SrtpSenderKeys, route: Route, payloadType: number, onFirstSent: () => void = () => undefined): FanOutEntry {
    const entry = new FanOutEntry(this.table.add(keys, payloadType), keys, route, this.owner, onFirstSent);
    this.entries.push(entry);
    this.beginning.add(entry);
    return entry;
  }

  /** @returns to how many listeners: to none when the payload is empty, over 8,160 bytes or was sent already */
  send(packet: FanOutPacket): number {
    const { index, payload } = packet;
    if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES || !this.sent.isNew(index)) return 0;
    const started = index > this.sent.newest ? this.begin(index) : undefined;
    this.sent.add(index);

    const common = commonPacket(this.ssrc, packet);
    const { size } = this.table;
    let count = 0;
    for (let start = 0; start < size; start += BATCH) {
      if (start > 0) this.afterBatch?.();
      count += this.sendBatch(start, Math.min(start + BATCH, size), common);
    }
    if (started) for (const entry of started) if (entry.packets === 1) entry.onFirstSent();
    return count;
  }

  /** To the listeners in the rows from `start` to before `end`. */
  private sendBatch(start: number, end: number, packet: CommonPacket): number {
    let count = 0;
    const { table, begun } = this;
    const { words, numbers, batches } = table;
    begun.length = 0;
    for (let row = start; row < end; row += 1) {
      const batch = batches[row];
      const at = row * ROW_NUMBERS;
      if (batch === undefined || packet.index < (numbers[at + FROM] ?? Infinity)) continue;
      if (!begun.includes(batch)) {
        batch.begin(packet.payloadBytes + MAX_OVERHEAD_BYTES);
        begun.push(batch);
      }
      const length = sealForListener(table, row, batch.next(), packet);
      if (length === 0) {
        this.sealFailures += 1;
        continue;
      }
      count += 1;
      batch.commit(length, words, row * ROW_WORDS + SOCKADDR, words[row * ROW_WORDS + SOCKADDR_BYTES] ?? 0);
      numbers[at + PACKETS] = (numbers[at + PACKETS] ?? 0) + 1;
      numbers[at + OCTETS] = (numbers[at + OCTETS] ?? 0) + packet.payloadBytes;
    }
    for (const batch of begun) batch.flush();
    return count;
  }

  private begin(index: number): ReadonlySet<FanOutEntry> | undefined {
    const started = this.beginning;
    if (started.size === 0) return undefined;
    this.beginning = new Set();
    for (const { row } of started) this.table.begin(row, index, this.firstNumber());
    return started;
  }

  private remove(entry: FanOutEntry): void {
    this.beginning.delete(entry);
    this.table.remove(entry.row);
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    last.row = entry.row;
    this.entries[entry.row] = last;
  }
}
