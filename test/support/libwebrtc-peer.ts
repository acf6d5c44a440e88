import wrtc from 'wrtc';
import { until } from '../../src/peer-kit/until.js';
import { MediaProxy } from './media-proxy.js';
import { negotiate, type Answer, type OfferPath, type TestLabels } from './signaling.js';

const GATHERING_TIMEOUT_MS = 5_000;

export interface LibwebrtcPeerOptions extends TestLabels {
  readonly url: string;
  /** Changes the offer before it becomes the local description. */
  readonly rewriteOffer?: (sdp: string) => string;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
  /** Puts a `MediaProxy` between the peer and the relay. */
  readonly behindProxy?: boolean;
  /** How the offer becomes an answer: by posting it once, unless a test does otherwise. */
  readonly exchange?: (post: () => Promise<Answer>) => Promise<Answer>;
}

/** A libwebrtc peer that offers, as the old apps do. */
export class LibwebrtcPeer {
  readonly peer = new wrtc.RTCPeerConnection();
  answer!: Answer;
  /** Of a peer that asked for one. */
  proxy!: MediaProxy;
  private path!: OfferPath;
  private options!: LibwebrtcPeerOptions;

  /** Of the DTLS association; the connection's own state says nothing of a goodbye. */
  get dtlsState(): RTCDtlsTransportState | undefined {
    const [transceiver] = this.peer.getTransceivers();
    return (transceiver?.receiver.transport ?? transceiver?.sender.transport)?.state;
  }

  /** Says goodbye and is gone. */
  close(): void {
    this.peer.close();
    (this.proxy as MediaProxy | undefined)?.close();
  }

  /**
   * Offers again, over the same connection; resolves once the relay has answered.
   *
   * @param offerOptions such as `iceRestart`, for new ICE credentials
   */
  async offerAgain(offerOptions: RTCOfferOptions = {}): Promise<Answer> {
    const { peer } = this;
    const { url, rewriteOffer, editOffer, behindProxy: _, exchange, ...labels } = this.options;
    const { sdp = '' } = await peer.createOffer(offerOptions);
    await peer.setLocalDescription({ type: 'offer', sdp: rewriteOffer?.(sdp) ?? sdp });
    if (!(await until(() => peer.iceGatheringState === 'complete', GATHERING_TIMEOUT_MS))) {
      throw new Error('the test peer found no local address in time');
    }
    const offer = peer.localDescription!.sdp;
    const post = () => negotiate(url, this.path, labels, editOffer?.(offer) ?? offer);
    this.answer = await (exchange === undefined ? post() : exchange(post));
    const leading = (this.proxy as MediaProxy | undefined)?.lead(this.answer.sdp) ?? this.answer.sdp;
    await peer.setRemoteDescription({ type: 'answer', sdp: leading });
    return this.answer;
  }

  /** Resolves once the relay has answered; closed when it does not. */
  protected async negotiate(path: OfferPath, options: LibwebrtcPeerOptions): Promise<void> {
    this.path = path;
    this.options = options;
    try {
      if (options.behindProxy === true) this.proxy = await MediaProxy.open();
      await this.offerAgain();
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
