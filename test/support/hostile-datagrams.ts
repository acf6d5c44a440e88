import { randomBytes, randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const STUN_BINDING_REQUEST = 0x0001;
const STUN_MAGIC_COOKIE = 0x2112a442;
const STUN_USERNAME = 0x0006;
const STUN_MESSAGE_INTEGRITY = 0x0008;
const DTLS_RECORDS = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };

/** What an attacker may know of one peer. */
export interface KnownPeer {
  /** `<relay's fragment>:<peer's fragment>`, as its checks carry it. */
  readonly iceUserName: string;
  readonly ssrc: number;
  readonly payloadType: number;
}

/** Sends bursts to a media port from a socket of its own. */
export class HostileSender {
  private readonly socket: Socket = createSocket('udp4');

  constructor(private readonly port: number) {}

  /** One datagram of each kind, `rounds` times; resolves when all have left. */
  async burst(known: KnownPeer, rounds: number): Promise<number> {
    const datagrams = Array.from({ length: rounds }, () => [
      randomBytes(randomInt(1, 1_500)),
      stunWithWrongIntegrity(known.iceUserName),
      forgedRtp(known),
      forgedRtcpGoodbye(known),
      ...Object.values(DTLS_RECORDS).map(forgedDtlsRecord),
    ]).flat();
    await Promise.all(datagrams.map((datagram) => this.send(datagram)));
    return datagrams.length;
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  private send(datagram: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(datagram, this.port, '127.0.0.1', (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}

/** RFC 8489: everything as a browser's check has it, but for the HMAC. */
function stunWithWrongIntegrity(userName: string): Buffer {
  const attributes = Buffer.concat([
    stunAttribute(STUN_USERNAME, Buffer.from(userName)),
    stunAttribute(STUN_MESSAGE_INTEGRITY, randomBytes(20)),
  ]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(STUN_BINDING_REQUEST, 0);
  header.writeUInt16BE(attributes.length, 2);
  header.writeUInt32BE(STUN_MAGIC_COOKIE, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, attributes]);
}

function stunAttribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function forgedRtp({ payloadType, ssrc }: KnownPeer): Buffer {
  const packet = randomBytes(randomInt(13, 400));
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** RTCP BYE, RFC 3550, 6.6. */
function forgedRtcpGoodbye({ ssrc }: KnownPeer): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeUInt8(0x81, 0);
  packet.writeUInt8(203, 1);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** A record of epoch 0 or 1 with a body that fits its type at first sight, such as a fatal alert. RFC 6347, 4.1. */
function forgedDtlsRecord(contentType: number): Buffer {
  const body = contentType === DTLS_RECORDS.alert ? Buffer.from([2, 0]) : randomBytes(randomInt(12, 200));
  const header = Buffer.alloc(13);
  header.writeUInt8(contentType, 0);
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(randomInt(2), 3);
  header.writeUInt32BE(randomInt(100), 7);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}
