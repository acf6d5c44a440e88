const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const RECEIVER_REPORT_HEAD_BYTES = 8;
const REPORT_BLOCK_BYTES = 24;

/** Whether an RTCP datagram begins with a receiver report that tells of lost packets (RFC 3550, section 6.4.2). */
export function reportsLoss(datagram: Buffer): boolean {
  if (datagram.length < RECEIVER_REPORT_HEAD_BYTES) return false;
  const packetType = datagram.readUInt8(1);
  if (packetType !== RECEIVER_REPORT && packetType !== SENDER_REPORT) return false;
  const firstBlock = packetType === RECEIVER_REPORT ? RECEIVER_REPORT_HEAD_BYTES : 28;
  const blocks = datagram.readUInt8(0) & 0x1f;
  for (let block = 0; block < blocks; block += 1) {
    const fractionLostAt = firstBlock + block * REPORT_BLOCK_BYTES + 4;
    if (fractionLostAt >= datagram.length) return false;
    if (datagram.readUInt8(fractionLostAt) > 0) return true;
  }
  return false;
}
