import nodeDataChannel from 'node-datachannel';
import { composeAnswer, readEngineTransport, type ListenerTrack } from '../sdp/compose-answer.js';
import { engineOffer } from '../sdp/engine-offer.js';
import type { OpenPeerRequest } from '../media-protocol.js';
import { EnginePeer } from './engine-peer.js';
import type { PeerContext } from './peer-context.js';
import { PeerWatch, type Finding } from './peer-watch.js';
import { reportsLoss } from './rtp/receiver-reports.js';

/** One listener: a sendonly track, and an ear for its receiver reports. */
export class ListenerPeer {
  readonly role = 'listener';
  readonly peerId: string;
  readonly broadcastId: string;
  readonly payloadType: number;
  /** Whether a packet went out to it yet. */
  flowing = false;

  private readonly engine: EnginePeer;
  private iceUfrag: string | undefined;
  private readonly watch: PeerWatch;

  constructor(
    private readonly request: OpenPeerRequest,
    private readonly context: PeerContext,
    private readonly track: ListenerTrack,
  ) {
    const { audio } = request.offer;
    this.peerId = request.peerId;
    this.broadcastId = request.broadcastId;
    this.payloadType = audio.payloadType;
    this.watch = new PeerWatch(context.watchLimits, context.now());

    const media = new nodeDataChannel.Audio(audio.mid, 'SendOnly');
    media.addOpusCodec(audio.payloadType);
    media.addSSRC(track.ssrc, track.cname, track.streamId, track.trackId);
    this.engine = EnginePeer.open(
      request.peerId,
      context.engine,
      request.udpPort,
      media,
      engineOffer(request.offer, 'recvonly'),
    );
    this.engine.onDatagram(
      (datagram) => {
        this.watch.heard(context.now(), reportsLoss(datagram));
      },
      (error) => {
        context.onPeerError(request, error);
      },
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
      track: this.track,
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

  send(packet: Buffer): boolean {
    return this.engine.send(packet);
  }

  close(): void {
    if (this.iceUfrag !== undefined) this.context.detour?.leave(this.iceUfrag);
    this.engine.close();
  }
}
