/** RTCP, RFC 3550 section 6: what datagrams of it consist of, and what every one that is sent consists of. */

export const RTCP_TYPES = { senderReport: 200, receiverReport: 201, sourceDescription: 202, goodbye: 203 } as const;
export type RtcpType = (typeof RTCP_TYPES)[keyof typeof RTCP_TYPES];

const VERSION_2 = 0x80;
const PADDING_BIT = 0x20;
const HEADER_BYTES = 4;
const WORD_BYTES = 4;
const CNAME = 1;
/** A peer's has four or five; a datagram has room for two thousand empty ones, each of which costs time. */
const MAX_PACKETS = 64;

/** Who speaks in RTCP: the CNAME stays the same where the SSRC changes (RFC 7022). */
export interface RtcpIdentity {
  readonly ssrc: number;
  /** At most 255 bytes of UTF-8. */
  readonly cname: string;
}

export interface RtcpPacket {
  readonly type: number;
  /** Five bits: how many report blocks, chunks or sources the packet says it has. */
  readonly count: number;
  /** What follows the header, without padding: whole words, and not always as many as `count` asks for. */
  readonly body: Buffer;
}

/**
 * Cuts a datagram into RTCP packets, by the checks of RFC 3550, appendix A.2, but that any packet may come first
 * (reduced-size RTCP, RFC 5506).
 *
 * @returns nothing when one of them is malformed, or there are more than 64: then the others mean nothing either
 */
export function readCompound(datagram: Buffer): readonly RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < datagram.length;) {
    if (at + HEADER_BYTES > datagram.length || packets.length === MAX_PACKETS) return [];
    const first = datagram.readUInt8(at);
    const end = at + HEADER_BYTES + datagram.readUInt16BE(at + 2) * WORD_BYTES;
    if ((first & 0xc0) !== VERSION_2 || end > datagram.length) return [];
    let padding = 0;
    if ((first & PADDING_BIT) !== 0) {
      // Only the last packet may be padded; its last byte counts the padding, itself included.
      padding = datagram.readUInt8(end - 1);
      const bodyBytes = end - at - HEADER_BYTES;
      if (end !== datagram.length || padding === 0 || padding % WORD_BYTES !== 0 || padding > bodyBytes) return [];
    }
    packets.push({
      type: datagram.readUInt8(at + 1),
      count: first & 0x1f,
      body: datagram.subarray(at + HEADER_BYTES, end - padding),
    });
    at = end;
  }
  return packets;
}

/** @param body whole words */
export function rtcpPacket(type: RtcpType, count: number, body: Buffer): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + body.length);
  packet.writeUInt8(VERSION_2 | count, 0);
  packet.writeUInt8(type, 1);
  packet.writeUInt16BE(body.length / WORD_BYTES, 2);
  body.copy(packet, HEADER_BYTES);
  return packet;
}

/** The packet that has to follow the report in every compound: SDES with the CNAME (RFC 3550, 6.1 and 6.5). */
export function sourceDescription({ ssrc, cname }: RtcpIdentity): Buffer {
  const nameBytes = Buffer.byteLength(cname);
  const itemsEnd = WORD_BYTES + 2 + nameBytes;
  // One zero byte or more ends the items, up to the next word.
  const body = Buffer.alloc((Math.floor(itemsEnd / WORD_BYTES) + 1) * WORD_BYTES);
  body.writeUInt32BE(ssrc, 0);
  body.writeUInt8(CNAME, 4);
  body.writeUInt8(nameBytes, 5);
  body.write(cname, 6);
  return rtcpPacket(RTCP_TYPES.sourceDescription, 1, body);
}
