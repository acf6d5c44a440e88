import { arenaWords } from '../native/memory.js';
import { swap16, swap32 } from './byte-order.js';
import { IV_WORDS, type ListenerTable } from './listener-table.js';
import { MAX_PACKET_BYTES } from './packet-memory.js';
import { TAG_BYTES } from './profile.js';
import { PLAIN, sealAead, sealCounterMode } from './sealing.js';
import type { Slot } from './slot.js';
import { RTP_HEADER_BYTES } from './wire.js';

/** Version 2; no padding, extension or CSRC. */
const FIRST_BYTE = 0x80;
const MARKER = 0x8000;

/** By how much a packet is longer than its payload, at most. */
export const MAX_OVERHEAD_BYTES = RTP_HEADER_BYTES + TAG_BYTES.AEAD_AES_128_GCM;
export const MAX_PAYLOAD_BYTES = MAX_PACKET_BYTES - MAX_OVERHEAD_BYTES;

export interface FanOutPacket {
  /**
   * From 0; rises by one a packet, and never by 2¹⁵ at once, which no receiver could follow. Lower than the newest for a
   * packet that came late.
   */
  readonly index: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Copied before anything is sent. Empty: nothing is sent. */
  readonly payload: Buffer;
}

/** A packet as far as it is the same for all listeners; its payload lies in `PLAIN`. */
export interface CommonPacket {
  readonly index: number;
  readonly payloadBytes: number;
  /** The first words of the header, as memory has them. */
  readonly head: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** @param payload 8,164 bytes at most */
export function commonPacket(ssrc: number, { index, timestamp, marker, payload }: FanOutPacket): CommonPacket {
  PLAIN.bytes.set(payload);
  return {
    index,
    payloadBytes: payload.length,
    head: FIRST_BYTE | (marker ? MARKER : 0),
    timestamp: swap32(timestamp),
    ssrc: swap32(ssrc),
  };
}

/** @returns the length of the listener's packet in the slot; 0 when it could not be sealed */
export function sealForListener(table: ListenerTable, row: number, slot: Slot, packet: CommonPacket): number {
  const { payloadBytes } = packet;
  const index = packet.index + (table.shifts[row] ?? 0);
  const roc = swap32(Math.floor(index / 0x10000));
  const sequenceNumber = swap16(index & 0xffff);

  const word = slot.offset / 4;
  arenaWords[word] = packet.head | ((table.payloadTypes[row] ?? 0) << 8) | (sequenceNumber << 16);
  arenaWords[word + 1] = packet.timestamp;
  arenaWords[word + 2] = packet.ssrc;

  const cipher = table.ciphers[row];
  const hmac = table.hmacs[row];
  const iv = row * IV_WORDS;
  if (cipher === undefined) return 0;
  if (table.isAead[row] === 1) return sealAead(slot, payloadBytes, cipher, table.ivs, iv, roc, sequenceNumber);
  if (hmac === undefined) return 0;
  return sealCounterMode(slot, payloadBytes, cipher, hmac, table.ivs, iv, roc, sequenceNumber);
}
