/**
 * Frames on the sockets between workers: length (4 bytes, of what follows), kind (1), topic length (2), topic (UTF-8),
 * packet (the rest; empty but for `packet` frames). All numbers are big-endian.
 */
export const FRAME_KINDS = { subscribe: 1, unsubscribe: 2, packet: 3 } as const;
export type FrameKind = (typeof FRAME_KINDS)[keyof typeof FRAME_KINDS];

export interface Frame {
  readonly kind: number;
  readonly topic: string;
  readonly packet: Buffer;
}

const LENGTH_BYTES = 4;
const HEAD_BYTES = 3;
const MAX_FRAME_BYTES = 64 * 1024;

export function encodeFrame(kind: FrameKind, topic: string, packet?: Buffer): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const bodyBytes = HEAD_BYTES + topicBytes + (packet?.length ?? 0);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bodyBytes);
  frame.writeUInt32BE(bodyBytes, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt16BE(topicBytes, 5);
  frame.write(topic, LENGTH_BYTES + HEAD_BYTES);
  packet?.copy(frame, LENGTH_BYTES + HEAD_BYTES + topicBytes);
  return frame;
}

/** Cuts a byte stream into frames, whatever pieces it arrives in. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /** @throws RangeError when the stream is not one of frames */
  *read(chunk: Buffer): Generator<Frame> {
    let rest = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    while (rest.length >= LENGTH_BYTES) {
      const bodyBytes = rest.readUInt32BE(0);
      if (bodyBytes < HEAD_BYTES || bodyBytes > MAX_FRAME_BYTES)
        throw new RangeError(`frame of ${String(bodyBytes)} bytes`);
      if (rest.length < LENGTH_BYTES + bodyBytes) break;
      const body = rest.subarray(LENGTH_BYTES, LENGTH_BYTES + bodyBytes);
      rest = rest.subarray(LENGTH_BYTES + bodyBytes);
      const topicEnd = HEAD_BYTES + body.readUInt16BE(1);
      if (topicEnd > bodyBytes) throw new RangeError('topic longer than its frame');
      yield {
        kind: body.readUInt8(0),
        topic: body.toString('utf8', HEAD_BYTES, topicEnd),
        packet: body.subarray(topicEnd),
      };
    }
    this.pending = rest;
  }
}
