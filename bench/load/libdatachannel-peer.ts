import { OfferingPeer } from '../../src/peer-kit/offering-peer.js';
import type { ListeningPeer, OnPacket } from './listening-peer.js';
import { monotonicMs, readProbe } from './probe-payload.js';

/** A peer of another maker than the relay: what it takes of this machine is many times what the relay takes. */
export class LibdatachannelPeer implements ListeningPeer {
  private readonly peer: OfferingPeer;
  private knownConnectedAtMs: number | undefined;

  constructor(bindAddress: string | undefined, onPacket: OnPacket) {
    this.peer = new OfferingPeer({ bindAddress });
    this.peer.onRtp((packet) => onPacket(packet, readProbe(packet.payload), monotonicMs()));
  }

  makeOffer(): Promise<string> {
    return this.peer.makeOffer();
  }

  takeAnswer(sdp: string): void {
    this.peer.takeAnswer(sdp);
  }

  /** As seen when it is asked for: to be told would cost more. */
  get connectedAtMs(): number | undefined {
    if (this.peer.isConnected) this.knownConnectedAtMs ??= performance.now();
    return this.knownConnectedAtMs;
  }

  get isAlive(): boolean {
    return this.peer.isAlive;
  }

  sendRtcp(packet: Buffer): void {
    this.peer.send(packet);
  }

  tick(): void {
    // The engine has timers of its own.
  }

  close(): void {
    this.peer.close();
  }
}
