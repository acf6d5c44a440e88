import { randomInt } from 'node:crypto';
import { RTP_HEADER_BYTES } from '../relay/media/rtp/rtp-packet.js';
import { OPUS_PAYLOAD_TYPE } from './offering-peer.js';

const VERSION_2 = 0x80;
const MARKER = 0x80;

/**
 * Numbers the packets of one RTP stream (RFC 3550, 5.1; RFC 7587, 4.1). Sequence and timestamp begin at random and rise
 * for the life of the stream, whatever is played.
 */
export class RtpStream {
  readonly ssrc = randomInt(1, 2 ** 32);
  private sequenceNumber = randomInt(0, 2 ** 16);
  private timestamp = randomInt(0, 2 ** 32);
  private begun = false;

  constructor(private readonly payloadType = OPUS_PAYLOAD_TYPE) {}

  /** The RTP packet that carries `payload` now and `durationSamples48k` of the clock. */
  next(payload: Buffer, durationSamples48k: number): Buffer {
    const header = Buffer.alloc(RTP_HEADER_BYTES);
    header.writeUInt8(VERSION_2, 0);
    // The first packet begins a talkspurt (RFC 3551, 4.1).
    header.writeUInt8(this.payloadType | (this.begun ? 0 : MARKER), 1);
    header.writeUInt16BE(this.sequenceNumber, 2);
    header.writeUInt32BE(this.timestamp, 4);
    header.writeUInt32BE(this.ssrc, 8);
    this.begun = true;
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    this.timestamp = (this.timestamp + durationSamples48k) >>> 0;
    return Buffer.concat([header, payload]);
  }
}
