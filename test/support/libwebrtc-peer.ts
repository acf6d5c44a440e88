import wrtc from 'wrtc';
import { until } from '../../src/peer-kit/until.js';
import { negotiate, type Answer, type OfferPath, type TestLabels } from './signaling.js';

const GATHERING_TIMEOUT_MS = 5_000;

export interface LibwebrtcPeerOptions extends TestLabels {
  readonly url: string;
  /** Changes the offer before it becomes the local description. */
  readonly rewriteOffer?: (sdp: string) => string;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
}

/** A libwebrtc peer that offers, as the old apps do. */
export class LibwebrtcPeer {
  readonly peer = new wrtc.RTCPeerConnection();
  answer!: Answer;

  /** Says goodbye and is gone. */
  close(): void {
    this.peer.close();
  }

  /** Resolves once the relay has answered; closed when it does not. */
  protected async negotiate(path: OfferPath, options: LibwebrtcPeerOptions): Promise<void> {
    const { url, rewriteOffer, editOffer, ...labels } = options;
    const { peer } = this;
    try {
      const { sdp = '' } = await peer.createOffer();
      await peer.setLocalDescription({ type: 'offer', sdp: rewriteOffer?.(sdp) ?? sdp });
      if (!(await until(() => peer.iceGatheringState === 'complete', GATHERING_TIMEOUT_MS))) {
        throw new Error('the test peer found no local address in time');
      }
      const offer = peer.localDescription!.sdp;
      this.answer = await negotiate(url, path, labels, editOffer?.(offer) ?? offer);
      await peer.setRemoteDescription({ type: 'answer', sdp: this.answer.sdp });
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
