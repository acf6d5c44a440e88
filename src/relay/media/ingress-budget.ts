/** Opus in WebRTC goes down to 10 ms a packet; browsers asked for 60 ms send 17 a second. */
const PACKETS_PER_SECOND = 120;
/** 512 kbit/s, the most that Opus can have (RFC 6716, 2.1.1), whatever was agreed. */
const BYTES_PER_SECOND = 64_000;
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
