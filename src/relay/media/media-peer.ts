import { randomInt } from 'node:crypto';
import type { Audio } from 'node-datachannel';
import type { OpenPeerRequest } from '../media-protocol.js';
import { composeAnswer, type ListenerTrack } from '../sdp/compose-answer.js';
import { EnginePeer } from './engine-peer.js';
import { engineOffer, readEngineTransport } from './engine-sdp.js';
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
    this.engine = EnginePeer.open(request.peerId, context.engine, context.udpPort, media, offer);
    this.engine.onDatagram(
      (datagram) => this.receive(datagram),
      (error) => context.onPeerError(request, error),
    );
  }

  async answer(): Promise<string> {
    const transport = readEngineTransport(await this.engine.localSdp());
    return composeAnswer({
      offer: this.request.offer,
      transport,
      session: { id: randomInt(1, 2 ** 47), version: 1 },
      publicIps: this.context.publicIps,
      opus: this.context.opus,
      ...(this.track === undefined ? {} : { track: this.track }),
    });
  }

  get isConnected(): boolean {
    return this.watch.isConnected;
  }

  check(nowMs: number): Finding {
    return this.watch.check(this.engine.state(), nowMs);
  }

  close(): void {
    this.engine.close();
  }

  /** A decrypted RTP or RTCP datagram came. Called from native code: throws nothing. */
  protected abstract receive(datagram: Buffer): void;
}
