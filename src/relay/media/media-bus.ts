/**
 * How RTP travels between media workers. One small interface, so that the sockets of one machine can become a message
 * broker between machines.
 */
export interface MediaBus {
  /** Hands `packet` to every subscriber of `topic` on every worker, this one included. Drops, and never blocks. */
  publish(topic: string, packet: Buffer): void;
  /** `onPacket` owns the buffer only until it returns. Calling the result ends the subscription. */
  subscribe(topic: string, onPacket: PacketHandler): () => void;
  /** Packets dropped because another worker did not keep up. */
  readonly dropped: number;
  close(): void;
}

export type PacketHandler = (packet: Buffer) => void;
