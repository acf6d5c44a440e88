import { type RtpPacket, RTP_HEADER_BYTES } from './rtp/rtp-packet.js';

/** A packet on the bus: the broadcaster's generation (4 bytes), then RTP with a bare 12-byte header. */
const GENERATION_BYTES = 4;

export interface BusPacket {
  readonly generation: number;
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  /** Empty in a packet without sound: it closes the gap that its number would leave. */
  readonly payload: Buffer;
}

export function encodeBusPacket(generation: number, packet: RtpPacket): Buffer {
  const bytes = Buffer.allocUnsafe(GENERATION_BYTES + RTP_HEADER_BYTES + packet.payload.length);
  bytes.writeUInt32BE(generation, 0);
  bytes.writeUInt16BE(0x8000, GENERATION_BYTES);
  bytes.writeUInt16BE(packet.sequenceNumber, GENERATION_BYTES + 2);
  bytes.writeUInt32BE(packet.timestamp, GENERATION_BYTES + 4);
  bytes.writeUInt32BE(packet.ssrc, GENERATION_BYTES + 8);
  packet.payload.copy(bytes, GENERATION_BYTES + RTP_HEADER_BYTES);
  return bytes;
}

export function decodeBusPacket(bytes: Buffer): BusPacket {
  return {
    generation: bytes.readUInt32BE(0),
    sequenceNumber: bytes.readUInt16BE(GENERATION_BYTES + 2),
    timestamp: bytes.readUInt32BE(GENERATION_BYTES + 4),
    ssrc: bytes.readUInt32BE(GENERATION_BYTES + 8),
    payload: bytes.subarray(GENERATION_BYTES + RTP_HEADER_BYTES),
  };
}
