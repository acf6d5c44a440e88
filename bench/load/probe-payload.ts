/**
 * The payload that the synthetic broadcaster sends: an Opus table-of-contents byte (RFC 6716, 3.1) and then, where
 * Opus data would be, the packet's own number and its time of sending. A relay that forwards packets untouched is thus
 * checked end to end, whatever it does to RTP sequence numbers.
 */

const MAGIC = 0x417a616e;
const MAGIC_OFFSET = 1;
const COUNTER_OFFSET = 5;
const SENT_AT_OFFSET = 9;
export const MIN_PROBE_BYTES = 17;

/** SILK wideband, mono, one frame: configuration 9 is 20 ms, 11 is 60 ms. */
const TOC = { 20: 9 << 3, 60: 11 << 3 } as const;
export type FrameMs = keyof typeof TOC;

export interface Probe {
  readonly counter: number;
  /** On the clock of {@link monotonicMs}. */
  readonly sentAtMs: number;
}

const clockOffsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on CLOCK_MONOTONIC, which all processes of a machine share. */
export function monotonicMs(): number {
  return performance.now() + clockOffsetMs;
}

export function writeProbe(payload: Buffer, frameMs: FrameMs, probe: Probe): void {
  payload.writeUInt8(TOC[frameMs], 0);
  payload.writeUInt32BE(MAGIC, MAGIC_OFFSET);
  payload.writeUInt32BE(probe.counter, COUNTER_OFFSET);
  payload.writeDoubleBE(probe.sentAtMs, SENT_AT_OFFSET);
}

/** The probe in a payload; undefined when the audio was encoded anew, or comes from another broadcaster. */
export function readProbe(payload: Buffer): Probe | undefined {
  if (payload.length < MIN_PROBE_BYTES || payload.readUInt32BE(MAGIC_OFFSET) !== MAGIC) return undefined;
  return { counter: payload.readUInt32BE(COUNTER_OFFSET), sentAtMs: payload.readDoubleBE(SENT_AT_OFFSET) };
}
