import type { PacketHandler } from './media-bus.js';

/** Who on this worker wants which topic. */
export class LocalSubscriptions {
  private readonly handlers = new Map<string, Set<PacketHandler>>();

  /** @param onHandlerError a handler threw: the packet is lost to it, and to nobody else */
  constructor(private readonly onHandlerError: (topic: string, error: unknown) => void) {}

  get topics(): Iterable<string> {
    return this.handlers.keys();
  }

  /** @returns whether this is the topic's first handler */
  add(topic: string, handler: PacketHandler): boolean {
    const known = this.handlers.get(topic);
    if (known !== undefined) {
      known.add(handler);
      return false;
    }
    this.handlers.set(topic, new Set([handler]));
    return true;
  }

  /** @returns whether this was the topic's last handler */
  remove(topic: string, handler: PacketHandler): boolean {
    const known = this.handlers.get(topic);
    if (known?.delete(handler) !== true || known.size > 0) return false;
    this.handlers.delete(topic);
    return true;
  }

  deliver(topic: string, packet: Buffer): void {
    for (const handler of this.handlers.get(topic) ?? []) {
      try {
        handler(packet);
      } catch (error) {
        this.onHandlerError(topic, error);
      }
    }
  }
}
