import { HeldPorts } from './held-ports.js';
import type { RemoteAddress } from './media-protocol.js';
import type { OfferedCandidate } from './sdp/reduced-offer.js';

/** One UDP port of a media worker, and who is behind it. */
export class SlotPort {
  private readonly held = new HeldPorts();
  private readonly remotes = new Map<string, RemoteAddress | undefined>();

  constructor(readonly udpPort: number) {}

  get load(): number {
    return this.remotes.size;
  }

  /** See `HeldPorts`. */
  conflict(candidates: readonly OfferedCandidate[]): 0 | 1 | 2 {
    return this.held.conflict(candidates);
  }

  add(peerId: string): void {
    this.remotes.set(peerId, undefined);
  }

  /** The peer's source address is known from now on. */
  connected(peerId: string, remote: RemoteAddress): void {
    this.remotes.set(peerId, remote);
    this.held.hold(peerId, remote);
  }

  remove(peerId: string): void {
    const remote = this.remotes.get(peerId);
    if (remote !== undefined) this.held.release(peerId, remote);
    this.remotes.delete(peerId);
  }
}
