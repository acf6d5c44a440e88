import wrtc from 'wrtc';
import { negotiate, untilGathered, type Answer, type PeerLabels } from './signaling.js';
import { ToneSource } from './tone.js';

export interface ToneBroadcasterOptions extends PeerLabels {
  readonly url: string;
  readonly frequencyHz: number;
  /** What an app adds to its peer beside the sending track. */
  readonly prepare?: (peer: RTCPeerConnection) => void;
  /** Changes the offer before it becomes the local description. */
  readonly rewriteOffer?: (sdp: string) => string;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
}

/** A libwebrtc peer that broadcasts a tone, as a phone broadcasts its microphone. */
export class ToneBroadcaster {
  readonly peer = new wrtc.RTCPeerConnection();
  answer!: Answer;
  private readonly tone: ToneSource;
  private closed = false;

  private constructor(frequencyHz: number) {
    this.tone = new ToneSource(frequencyHz);
    this.peer.addTrack(this.tone.track, new wrtc.MediaStream([this.tone.track]));
  }

  /** Resolves once the relay has answered. */
  static async start(options: ToneBroadcasterOptions): Promise<ToneBroadcaster> {
    const { url, frequencyHz, prepare, rewriteOffer, editOffer, ...labels } = options;
    const broadcaster = new ToneBroadcaster(frequencyHz);
    try {
      const { peer } = broadcaster;
      prepare?.(peer);
      const { sdp } = await peer.createOffer();
      await peer.setLocalDescription({ type: 'offer', sdp: rewriteOffer?.(sdp!) ?? sdp! });
      await untilGathered(() => peer.iceGatheringState === 'complete');
      const offer = peer.localDescription!.sdp;
      broadcaster.answer = await negotiate(url, '/broadcast', labels, editOffer?.(offer) ?? offer);
      await peer.setRemoteDescription({ type: 'answer', sdp: broadcaster.answer.sdp });
      return broadcaster;
    } catch (error) {
      broadcaster.close();
      throw error;
    }
  }

  /** Says goodbye and is gone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.tone.close();
    this.peer.close();
  }
}
