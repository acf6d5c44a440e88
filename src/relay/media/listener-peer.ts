import nodeDataChannel from 'node-datachannel';
import type { OpenPeerRequest } from '../media-protocol.js';
import type { ListenerTrack } from '../sdp/compose-answer.js';
import { MediaPeer } from './media-peer.js';
import type { PeerContext } from './peer-context.js';

/** One listener: a sendonly track, and an ear for whether it is still there. */
export class ListenerPeer extends MediaPeer {
  readonly role = 'listener';
  readonly payloadType: number;

  constructor(request: OpenPeerRequest, context: PeerContext, track: ListenerTrack) {
    const { audio } = request.offer;
    const media = new nodeDataChannel.Audio(audio.mid, 'SendOnly');
    media.addOpusCodec(audio.payloadType);
    media.addSSRC(track.ssrc, track.cname, track.streamId, track.trackId);
    super(request, context, media, track);
    this.payloadType = audio.payloadType;
  }

  send(packet: Buffer): boolean {
    return this.engine.send(packet);
  }

  protected override receive(): void {
    this.watch.heard(this.context.now(), false);
  }
}
