import type { Audio } from 'node-datachannel';
import type { OpenPeerRequest } from '../media-protocol.js';
import { composeAnswer, readEngineTransport, type ListenerTrack } from '../sdp/compose-answer.js';
import { engineOffer } from '../sdp/engine-offer.js';
import { EnginePeer } from './engine-peer.js';
import type { PeerContext } from './peer-context.js';
import { PeerWatch, type Finding } from './peer-watch.js';

/** What broadcasters and listeners have in common: a connection that is answered, watched and closed. */
export abstract class MediaPeer {
  readonly peerId: string;
  readonly broadcastId: string;
  /** Whether a packet came from it, or went out to it, yet. */
  flowing = false;

  protected readonly engine: EnginePeer;
  protected readonly watch: PeerWatch;
  private iceUfrag: string | undefined;

  /**
   * @param media what this side does with sound: the opposite of what the offer says
   * @param track what the peer will get, if it listens
   */
  protected constructor(
    protected readonly request: OpenPeerRequest,
    protected readonly context: PeerContext,
    media: Audio,
    private readonly track?: ListenerTrack,
  ) {
    this.peerId = request.peerId;
    this.broadcastId = request.broadcastId;
    this.watch = new PeerWatch(context.watchLimits, context.now());
    const offer = engineOffer(request.offer, track === undefined ? 'sendonly' : 'recvonly');
    this.engine = EnginePeer.open(request.peerId, context.engine, request.udpPort, media, offer);
    this.engine.onDatagram(
      (datagram) => this.receive(datagram),
      (error) => context.onPeerError(request, error),
    );
  }

  async answer(): Promise<string> {
    const transport = readEngineTransport(await this.engine.localSdp());
    this.iceUfrag = transport.iceUfrag;
    return composeAnswer({
      offer: this.request.offer,
      transport,
      detourPort: this.request.offer.relayedOverTcp ? await this.context.detour?.lead(transport) : undefined,
      publicIps: this.context.publicIps,
      opus: this.context.opus,
      ...(this.track === undefined ? {} : { track: this.track }),
    });
  }

  get isConnected(): boolean {
    return this.watch.isConnected;
  }

  remoteAddress(): ReturnType<EnginePeer['remoteAddress']> {
    return this.engine.remoteAddress();
  }

  check(nowMs: number): Finding {
    return this.watch.check(this.engine.state(), nowMs);
  }

  close(): void {
    if (this.iceUfrag !== undefined) this.context.detour?.leave(this.iceUfrag);
    this.engine.close();
  }

  /** A decrypted RTP or RTCP datagram came. Called from native code: throws nothing. */
  protected abstract receive(datagram: Buffer): void;
}
