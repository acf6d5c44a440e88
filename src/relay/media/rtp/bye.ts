import { readCompound, RTCP_TYPES, rtcpPacket, sourceDescription, type RtcpIdentity } from './rtcp-compound.js';

const SSRC_BYTES = 4;
/** For whom it is enough that the datagram is the peer's. */
export const ANY_SOURCE = { has: () => true };

/**
 * A compound that ends with a goodbye (RFC 3550, 6.6).
 *
 * @param report a compound of the same identity that begins with a report, as `senderReport()` makes it; without it an
 *   empty receiver report begins, as every compound must (RFC 3550, 6.1)
 */
export function goodbye(identity: RtcpIdentity, report = emptyReport(identity)): Buffer {
  return Buffer.concat([report, rtcpPacket(RTCP_TYPES.goodbye, 1, ssrcBytes(identity))]);
}

/** Whether one of the given sources says goodbye, anywhere in a datagram of RTCP. */
export function isBye(datagram: Buffer, ssrcs: Pick<ReadonlySet<number>, 'has'>): boolean {
  for (const { type, count, body } of readCompound(datagram)) {
    if (type !== RTCP_TYPES.goodbye || body.length < count * SSRC_BYTES) continue;
    for (let source = 0; source < count; source += 1) {
      if (ssrcs.has(body.readUInt32BE(source * SSRC_BYTES))) return true;
    }
  }
  return false;
}

function emptyReport(identity: RtcpIdentity): Buffer {
  const report = rtcpPacket(RTCP_TYPES.receiverReport, 0, ssrcBytes(identity));
  return Buffer.concat([report, sourceDescription(identity)]);
}

function ssrcBytes({ ssrc }: RtcpIdentity): Buffer {
  const bytes = Buffer.alloc(SSRC_BYTES);
  bytes.writeUInt32BE(ssrc, 0);
  return bytes;
}
