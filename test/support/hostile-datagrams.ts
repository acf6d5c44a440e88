import { randomBytes, randomInt } from 'node:crypto';

const DTLS_CONTENT_TYPES = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };

export function noise(): Buffer {
  return randomBytes(randomInt(1, 1_400));
}

/** Says what the sound of a broadcaster says in the open; what should be encrypted is noise. */
export function forgedRtp({ payloadType, ssrc }: { readonly payloadType: number; readonly ssrc: number }): Buffer {
  const packet = randomBytes(randomInt(40, 400));
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** RTCP BYE, RFC 3550, 6.6. */
export function forgedGoodbye(ssrc: number): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeUInt8(0x81, 0);
  packet.writeUInt8(203, 1);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** Records of epoch 0 and 1 with a body that fits their type at first sight, such as a fatal alert. RFC 6347, 4.1. */
export function forgedDtlsRecords(): Buffer[] {
  return Object.values(DTLS_CONTENT_TYPES).map((contentType) => {
    const body = contentType === DTLS_CONTENT_TYPES.alert ? Buffer.from([2, 0]) : randomBytes(randomInt(12, 200));
    const header = Buffer.alloc(13);
    header.writeUInt8(contentType, 0);
    header.writeUInt16BE(0xfefd, 1);
    header.writeUInt16BE(randomInt(2), 3);
    header.writeUInt32BE(randomInt(100), 7);
    header.writeUInt16BE(body.length, 11);
    return Buffer.concat([header, body]);
  });
}
