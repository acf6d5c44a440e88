import { connect, type Socket } from 'node:net';
import { FRAME_KINDS, FrameReader } from './bus-frame.js';

const RECONNECT_MS = 100;
/** About five seconds of fifty broadcasts: a worker that is further behind will not catch up. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** The connection over which this worker's packets reach one other worker, made again whenever that one is replaced. */
export class PublisherLink {
  dropped = 0;
  private readonly wanted = new Set<string>();
  private socket: Socket | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly path: string) {}

  connect(): void {
    const reader = new FrameReader();
    const socket = connect(this.path);
    this.socket = socket;
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.read(chunk)) {
          if (frame.kind === FRAME_KINDS.subscribe) this.wanted.add(frame.topic);
          if (frame.kind === FRAME_KINDS.unsubscribe) this.wanted.delete(frame.topic);
        }
      } catch {
        socket.destroy();
      }
    });
    // 'close' follows every error and does what is needed.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.wanted.clear();
      if (!this.closed) {
        this.retry = setTimeout(() => this.connect(), RECONNECT_MS);
      }
    });
  }

  wants(topic: string): boolean {
    return this.wanted.has(topic);
  }

  send(frame: Buffer): void {
    if (this.socket === undefined || this.socket.writableLength > MAX_BACKLOG_BYTES) {
      this.dropped += 1;
      return;
    }
    this.socket.write(frame);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.destroy();
  }
}
