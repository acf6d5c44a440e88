import { randomInt } from 'node:crypto';
import { arenaWords } from '../native/memory.js';
import type { Route } from '../udp/route.js';
import type { SendBatch } from '../udp/send-batch.js';
import { FanOutEntry } from './fan-out-entry.js';
import { ListenerTable } from './listener-table.js';
import { MAX_PACKET_BYTES } from './packet-memory.js';
import { TAG_BYTES } from './profile.js';
import { ReplayWindow } from './replay-window.js';
import { PLAIN, sealAead, sealCounterMode, slotAt } from './sealing.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';
import { RTP_HEADER_BYTES } from './wire.js';

/** As many as one call of the kernel takes. */
const BATCH = 128;
/** Version 2, nothing else. */
const FIRST_BYTE = 0x80;
const MARKER = 0x8000;
const MAX_OVERHEAD = RTP_HEADER_BYTES + TAG_BYTES.AEAD_AES_128_GCM;

export interface FanOutPacket {
  /** Rises by one a packet; lower for a packet that came late. */
  readonly index: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Copied before anything else happens. Empty: nothing is sent. */
  readonly payload: Buffer;
}

export interface FanOutOptions {
  /** Of a listener's sequence, for tests: random below 2¹⁵, so that a receiver that misses the first packets knows the ROC. */
  readonly firstNumber?: () => number;
}

/**
 * All listeners of one broadcast on this worker: seals each packet for each of them and sends it (RFC 3711, RFC 7714).
 *
 * Sequence number and ROC are each listener's own and follow our index from the first packet that it gets. An index is sealed
 * once at most, and never below that first one: under AES-GCM a repeated one would give away the authentication key. A
 * sequence ends after 2⁴⁸ packets, which no broadcast reaches.
 */
export class FanOut {
  /** Packets that were larger than 8,164 bytes of payload, and not sent. */
  oversized = 0;
  /** Packets of single listeners that OpenSSL did not seal. */
  sealFailures = 0;
  /** Between two batches, to read what came in meanwhile. Must not change any fan-out, nor send. */
  afterBatch: (() => void) | undefined;

  private readonly table = new ListenerTable();
  private readonly entries: FanOutEntry[] = [];
  /** Those whose sequence begins with the next packet. */
  private beginning = new Set<FanOutEntry>();
  private readonly sent = new ReplayWindow();
  private readonly begun: SendBatch[] = [];
  private readonly firstNumber: () => number;
  private readonly ssrcWord: number;

  constructor(
    readonly ssrc: number,
    { firstNumber = () => randomInt(0x8000) }: FanOutOptions = {},
  ) {
    this.ssrcWord = swap32(ssrc);
    this.firstNumber = firstNumber;
  }

  get size(): number {
    return this.table.size;
  }

  /**
   * @param keys made for our SSRC; taken over, and freed when it leaves or gets others
   * @param onFirstSent called once, when the first packet went out; may change the fan-out
   */
  add(keys: SrtpSenderKeys, route: Route, payloadType: number, onFirstSent: () => void): FanOutEntry {
    const row = this.table.add(keys, route, payloadType);
    const entry = new FanOutEntry(row, keys, route, this.table, {
      onFirstSent,
      onRekeyed: (rekeyed) => this.beginning.add(rekeyed),
      onRemoved: (removed) => this.remove(removed),
    });
    this.entries[row] = entry;
    this.beginning.add(entry);
    return entry;
  }

  /** @returns how many listeners it went out to */
  send({ index, timestamp, marker, payload }: FanOutPacket): number {
    if (payload.length === 0) return 0;
    if (payload.length > MAX_PACKET_BYTES - MAX_OVERHEAD) {
      this.oversized += 1;
      return 0;
    }
    if (!this.sent.isNew(index)) return 0;
    const isNewest = index > this.sent.newest;
    this.sent.add(index);
    const started = isNewest && this.beginning.size > 0 ? this.begin(index) : undefined;

    PLAIN.bytes.set(payload);
    const head = FIRST_BYTE | (marker ? MARKER : 0);
    const timestampWord = swap32(timestamp);
    let count = 0;
    for (let from = 0; from < this.table.size; from += BATCH) {
      if (from > 0) this.afterBatch?.();
      count += this.sendTo(from, Math.min(from + BATCH, this.table.size), index, head, timestampWord, payload.length);
    }
    if (started) for (const entry of started) if (entry.packets === 1) entry.tellFirstSent();
    return count;
  }

  /** Listeners of these rows. */
  private sendTo(
    start: number,
    end: number,
    index: number,
    head: number,
    timestampWord: number,
    payloadBytes: number,
  ): number {
    let count = 0;
    const { table, begun, ssrcWord } = this;
    for (let row = start; row < end; row += 1) {
      const batch = table.batches[row];
      if (batch === undefined || index < (table.from[row] ?? Infinity)) continue;
      if (!begun.includes(batch)) {
        batch.begin(payloadBytes + MAX_OVERHEAD);
        begun.push(batch);
      }
      const own = index + (table.shifts[row] ?? 0);
      const sequenceNumber = swap16(own & 0xffff);
      const roc = swap32(Math.floor(own / 0x10000));
      const slot = slotAt(batch.next());
      const word = slot.offset / 4;
      arenaWords[word] = head | ((table.payloadTypes[row] ?? 0) << 8) | (sequenceNumber << 16);
      arenaWords[word + 1] = timestampWord;
      arenaWords[word + 2] = ssrcWord;
      const cipher = table.ciphers[row] ?? null;
      const { ivs } = table;
      const length =
        table.isAead[row] === 1
          ? sealAead(slot, payloadBytes, cipher, ivs, row * 4, roc, sequenceNumber)
          : sealCounterMode(slot, payloadBytes, cipher, table.hmacs[row] ?? null, ivs, row * 4, roc, sequenceNumber);
      if (length === 0) {
        this.sealFailures += 1;
        continue;
      }
      count += 1;
      batch.commit(length, table.sockaddrs, row * 8, table.sockaddrBytes[row] ?? 0);
      table.packets[row] = (table.packets[row] ?? 0) + 1;
      table.octets[row] = (table.octets[row] ?? 0) + payloadBytes;
    }
    for (const batch of begun) batch.flush();
    begun.length = 0;
    return count;
  }

  private begin(index: number): Set<FanOutEntry> {
    const started = this.beginning;
    this.beginning = new Set();
    for (const { row } of started) {
      this.table.from[row] = index;
      this.table.shifts[row] = this.firstNumber() - index;
    }
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

/** Between network byte order and the little-endian words of memory. */
function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
