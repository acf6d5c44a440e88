import { arenaBytes, reserve } from '../../src/relay/media/engine/native/memory.js';
import type { Route, UdpSocket } from '../../src/relay/media/engine/udp/route.js';

const SLOTS = 128;
const MAX_DATAGRAM_BYTES = 8_192;
const slots = reserve(SLOTS * MAX_DATAGRAM_BYTES);

/** A batch as a socket has it, but that what it sends stays here: by the port that it would have been sent to. */
export class MemoryBatch {
  readonly sent = new Map<number, Buffer[]>();
  readonly flushes: number[] = [];
  private stride = 0;
  private pending: { length: number; port: number }[] = [];

  begin(datagramBytes: number): void {
    this.flush();
    this.stride = Math.ceil(datagramBytes / 64) * 64;
  }

  next(): number {
    if (this.pending.length === SLOTS) this.flush();
    return slots.offset + this.pending.length * this.stride;
  }

  commit(length: number, sockaddr: Uint32Array, at: number, sockaddrBytes: number): void {
    const name = Buffer.from(sockaddr.buffer, sockaddr.byteOffset + at * 4, sockaddrBytes);
    this.pending.push({ length, port: name.readUInt16BE(2) });
  }

  flush(): void {
    if (this.pending.length === 0) return;
    for (const [index, { length, port }] of this.pending.entries()) {
      const start = slots.offset + index * this.stride;
      const datagrams = this.sent.get(port) ?? [];
      datagrams.push(Buffer.from(arenaBytes.subarray(start, start + length)));
      this.sent.set(port, datagrams);
    }
    this.flushes.push(this.pending.length);
    this.pending = [];
  }

  /** What went to a port since this was asked for the last time. */
  take(port: number): Buffer[] {
    const datagrams = this.sent.get(port) ?? [];
    this.sent.delete(port);
    return datagrams;
  }

  route(port: number): Route {
    const sockaddr = Buffer.alloc(16);
    sockaddr.writeUInt16LE(2, 0);
    sockaddr.writeUInt16BE(port, 2);
    const socket = { batch: this } as unknown as UdpSocket;
    return { socket, key: String(port), sockaddr, address: '127.0.0.1', port };
  }
}
