import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { openUdp } from './loopback.js';
import { mediaPort } from './signaling.js';

/** The relay's side of one address of the peer, as a NAT has one. */
interface Mapping {
  readonly far: Socket;
  readonly peer: RemoteInfo;
}

/**
 * Stands between one peer and the relay as a NAT does, so that the relay takes its address for the peer's: what a test
 * injects comes from the very address that ICE validated, as if somebody had forged it.
 */
export class MediaProxy {
  /** What the peer sent, as the relay got it. */
  readonly fromPeer: Buffer[] = [];
  /** What came for the peer, let through or not; nothing that went to an address which it has no more. */
  readonly fromRelay: Buffer[] = [];
  /** Decides which datagrams of the peer go on. */
  passes: (datagram: Buffer) => boolean = () => true;
  /** Decides which datagrams of the relay go on. */
  passesBack: (datagram: Buffer) => boolean = () => true;
  private relayPort = 0;
  private readonly mappings = new Map<string, Mapping>();
  private newest: Mapping | undefined;
  private readonly sockets: Socket[] = [];
  private readonly near: Socket;
  private inside: string | undefined;
  private closed = false;

  private constructor(near: Socket) {
    this.near = near;
    this.sockets.push(near);
    near.on('message', (datagram, peer) => {
      // libwebrtc tries the path from every interface; with one of them it is clear which is meant.
      this.inside ??= peer.address;
      if (peer.address !== this.inside || !this.passes(datagram)) return;
      this.newest = this.mappingOf(peer);
      this.fromPeer.push(datagram);
      this.inject(datagram);
    });
  }

  /** A proxy to the port of an answer, and the answer that leads to the proxy instead. */
  static async before(answerSdp: string): Promise<{ readonly proxy: MediaProxy; readonly sdp: string }> {
    const proxy = await MediaProxy.open();
    return { proxy, sdp: proxy.lead(answerSdp) };
  }

  /** A proxy that leads nowhere yet. */
  static async open(): Promise<MediaProxy> {
    return new MediaProxy(await openUdp());
  }

  /** Leads to the port of this answer from now on. @returns the answer that leads to the proxy instead */
  lead(answerSdp: string): string {
    this.relayPort = mediaPort(answerSdp);
    const { port } = this.near.address();
    return answerSdp
      .replace(`m=audio ${this.relayPort} `, `m=audio ${port} `)
      .replaceAll(` ${this.relayPort} typ host`, ` ${port} typ host`);
  }

  /** Sends to the relay from the address that it knows as the peer's. */
  inject(datagram: Buffer): void {
    if (!this.closed) this.newest?.far.send(datagram, this.relayPort, '127.0.0.1');
  }

  /** As a NAT that forgot the peer: it comes from another address now, and what is sent to the old one is lost. */
  rebind(): void {
    this.mappings.clear();
    this.newest = undefined;
  }

  /** The network is away: nothing goes either way until `comeBack()`. */
  goAway(): void {
    this.passes = this.passesBack = () => false;
  }

  comeBack(): void {
    this.passes = this.passesBack = () => true;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const socket of this.sockets) socket.close();
  }

  private mappingOf(peer: RemoteInfo): Mapping {
    const key = `${peer.address} ${peer.port}`;
    const known = this.mappings.get(key);
    if (known !== undefined) return known;
    const mapping = { peer, far: createSocket('udp4') };
    mapping.far.bind(0, '127.0.0.1');
    mapping.far.on('message', (datagram) => {
      // Of an address that was given up, nothing arrives.
      if (this.mappings.get(key) !== mapping || this.closed) return;
      this.fromRelay.push(datagram);
      if (this.passesBack(datagram)) this.near.send(datagram, peer.port, peer.address);
    });
    this.mappings.set(key, mapping);
    this.sockets.push(mapping.far);
    return mapping;
  }
}
