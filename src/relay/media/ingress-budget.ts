/** Opus goes down to 2.5 ms a packet, 400 a second (RFC 6716, 2.1.4); a sender's clock may run fast. */
const PACKETS_PER_SECOND = 420;
/**
 * 510 kbit/s, the most that Opus can have (RFC 6716, 2.1.1), whatever was agreed; and for each packet its RTP header and 20
 * bytes of header extensions.
 */
const BYTES_PER_SECOND = 510_000 / 8 + PACKETS_PER_SECOND * 32;
/** What a phone that regains its network may send at once. */
const BURST_SECONDS = 2;

/**
 * How much of a broadcaster's sound is taken: at most what one voice can need. Every packet in becomes as many as there
 * are listeners, so more than that would cost everyone who shares the worker.
 */
export class IngressBudget {
  private packets = PACKETS_PER_SECOND * BURST_SECONDS;
  private bytes = BYTES_PER_SECOND * BURST_SECONDS;

  constructor(private refilledAtMs: number) {}

  /** @returns false for a packet too much, which costs nothing of the budget */
  take(packetBytes: number, nowMs: number): boolean {
    const seconds = (nowMs - this.refilledAtMs) / 1_000;
    this.refilledAtMs = nowMs;
    this.packets = Math.min(this.packets + seconds * PACKETS_PER_SECOND, PACKETS_PER_SECOND * BURST_SECONDS);
    this.bytes = Math.min(this.bytes + seconds * BYTES_PER_SECOND, BYTES_PER_SECOND * BURST_SECONDS);
    if (this.packets < 1 || this.bytes < packetBytes) return false;
    this.packets -= 1;
    this.bytes -= packetBytes;
    return true;
  }
}
