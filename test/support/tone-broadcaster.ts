import wrtc from 'wrtc';
import { LibwebrtcPeer, type LibwebrtcPeerOptions } from './libwebrtc-peer.js';
import { ToneSource } from './tone.js';

export interface ToneBroadcasterOptions extends LibwebrtcPeerOptions {
  readonly frequencyHz: number;
  /** What an app adds to its peer beside the sending track. */
  readonly prepare?: (peer: RTCPeerConnection) => void;
}

/** A libwebrtc peer that broadcasts a tone, as a phone broadcasts its microphone. */
export class ToneBroadcaster extends LibwebrtcPeer {
  private readonly tone: ToneSource;

  private constructor(frequencyHz: number) {
    super();
    this.tone = new ToneSource(frequencyHz);
    this.peer.addTrack(this.tone.track, new wrtc.MediaStream([this.tone.track]));
  }

  /** Resolves once the relay has answered. */
  static async start({ frequencyHz, prepare, ...options }: ToneBroadcasterOptions): Promise<ToneBroadcaster> {
    const broadcaster = new ToneBroadcaster(frequencyHz);
    prepare?.(broadcaster.peer);
    await broadcaster.negotiate('/broadcast', options);
    return broadcaster;
  }

  override close(): void {
    this.tone.close();
    super.close();
  }
}
