import { createServer, type Server, type Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { encodeFrame, FRAME_KINDS, FrameReader, type FrameKind } from './bus-frame.js';
import { LocalSubscriptions } from './local-subscriptions.js';
import type { MediaBus, PacketHandler } from './media-bus.js';
import { PublisherLink } from './publisher-link.js';

/**
 * The bus of one machine: every worker listens on a Unix socket in a private directory and connects to all others.
 * Whoever accepts a connection says on it which topics it wants; whoever made it sends their packets.
 */
export class SocketMediaBus implements MediaBus {
  private readonly local: LocalSubscriptions;
  private readonly publishers = new Set<Socket>();
  private readonly links: readonly PublisherLink[];
  private readonly server: Server;
  private closed = false;

  private constructor(
    private readonly ownPath: string,
    otherPaths: readonly string[],
    onHandlerError: (topic: string, error: unknown) => void,
  ) {
    this.local = new LocalSubscriptions(onHandlerError);
    this.links = otherPaths.map((path) => new PublisherLink(path));
    this.server = createServer((publisher) => this.accept(publisher));
  }

  /**
   * @param ownIndex which of `paths` this worker listens on; a stale socket of a dead predecessor is replaced
   * @param onHandlerError a subscriber threw: the packet is lost to it, and to nobody else
   */
  static async open(
    paths: readonly string[],
    ownIndex: number,
    onHandlerError: (topic: string, error: unknown) => void,
  ): Promise<SocketMediaBus> {
    const ownPath = paths[ownIndex];
    if (ownPath === undefined) throw new RangeError(`no bus path for worker ${String(ownIndex)}`);
    await rm(ownPath, { force: true });
    const bus = new SocketMediaBus(
      ownPath,
      paths.filter((_, index) => index !== ownIndex),
      onHandlerError,
    );
    await new Promise<void>((resolve, reject) => {
      bus.server.once('error', reject);
      bus.server.listen(bus.ownPath, resolve);
    });
    for (const link of bus.links) link.connect();
    return bus;
  }

  get dropped(): number {
    return this.links.reduce((sum, link) => sum + link.dropped, 0);
  }

  publish(topic: string, packet: Buffer): void {
    this.local.deliver(topic, packet);
    let frame: Buffer | undefined;
    for (const link of this.links) {
      if (!link.wants(topic)) continue;
      frame ??= encodeFrame(FRAME_KINDS.packet, topic, packet);
      link.send(frame);
    }
  }

  subscribe(topic: string, onPacket: PacketHandler): () => void {
    if (this.local.add(topic, onPacket)) this.announce(FRAME_KINDS.subscribe, topic);
    return () => {
      if (this.local.remove(topic, onPacket)) this.announce(FRAME_KINDS.unsubscribe, topic);
    };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.server.close();
    for (const link of this.links) link.close();
    for (const socket of this.publishers) socket.destroy();
  }

  private announce(kind: FrameKind, topic: string): void {
    const frame = encodeFrame(kind, topic);
    for (const socket of this.publishers) socket.write(frame);
  }

  private accept(publisher: Socket): void {
    const reader = new FrameReader();
    this.publishers.add(publisher);
    publisher.on('close', () => this.publishers.delete(publisher));
    // The other worker reconnects; there is nothing to do here but to let the socket go.
    publisher.on('error', () => publisher.destroy());
    publisher.on('data', (chunk) => {
      try {
        for (const frame of reader.read(chunk)) {
          if (frame.kind === FRAME_KINDS.packet) this.local.deliver(frame.topic, frame.packet);
        }
      } catch {
        publisher.destroy();
      }
    });
    for (const topic of this.local.topics) publisher.write(encodeFrame(FRAME_KINDS.subscribe, topic));
  }
}
