import type { RemoteInfo, Socket } from 'node:dgram';
import { openUdp } from './loopback.js';
import { mediaPort } from './signaling.js';

/**
 * Stands between one peer and the relay, so that the relay takes its address for the peer's: what a test injects comes
 * from the very address that ICE validated, as if somebody had forged it.
 */
export class MediaProxy {
  /** What the peer sent, as the relay got it. */
  readonly fromPeer: Buffer[] = [];
  readonly fromRelay: Buffer[] = [];
  /** Decides which datagrams of the peer go on. */
  passes: (datagram: Buffer) => boolean = () => true;
  private peer: RemoteInfo | undefined;
  private closed = false;

  private constructor(
    private readonly relayPort: number,
    private readonly near: Socket,
    private readonly far: Socket,
  ) {
    near.on('message', (datagram, peer) => {
      this.peer = peer;
      if (!this.passes(datagram)) return;
      this.fromPeer.push(datagram);
      this.inject(datagram);
    });
    far.on('message', (datagram) => {
      this.fromRelay.push(datagram);
      if (this.peer !== undefined && !this.closed) near.send(datagram, this.peer.port, this.peer.address);
    });
  }

  /** A proxy to the port of an answer, and the answer that leads to the proxy instead. */
  static async before(answerSdp: string): Promise<{ readonly proxy: MediaProxy; readonly sdp: string }> {
    const relayPort = mediaPort(answerSdp);
    const [near, far] = await Promise.all([openUdp(), openUdp()]);
    const { port } = near.address();
    const sdp = answerSdp
      .replace(`m=audio ${relayPort} `, `m=audio ${port} `)
      .replaceAll(` ${relayPort} typ host`, ` ${port} typ host`);
    return { proxy: new MediaProxy(relayPort, near, far), sdp };
  }

  /** Sends to the relay from the address that it knows as the peer's. */
  inject(datagram: Buffer): void {
    if (!this.closed) this.far.send(datagram, this.relayPort, '127.0.0.1');
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.near.close();
    this.far.close();
  }
}
