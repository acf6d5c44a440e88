import { OfferingPeer, withoutCandidates, type OfferingPeerOptions } from '../../src/peer-kit/offering-peer.js';
import { MediaProxy } from './media-proxy.js';
import { negotiate, type Answer, type OfferPath, type TestLabels } from './signaling.js';

export interface RtpPeerOptions extends TestLabels {
  readonly url: string;
  /** Opus payload type of the offer: 111 in Chromium, 109 in Firefox. */
  readonly payloadType?: number;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
  /** Puts a `MediaProxy` between the peer and the relay. */
  readonly behindProxy?: boolean;
  /** Set up on a proxy before the peer sends anything. */
  readonly prepareProxy?: (proxy: MediaProxy) => void;
}

/** A libdatachannel peer whose packets a test reads and writes itself. */
export class RtpPeer extends OfferingPeer {
  answer!: Answer;
  /** As it was sent. */
  offer!: string;
  /** Of a peer that asked for one. */
  proxy!: MediaProxy;

  constructor(options: OfferingPeerOptions) {
    super({ bindAddress: '127.0.0.1', ...options });
  }

  override close(): void {
    super.close();
    (this.proxy as MediaProxy | undefined)?.close();
  }

  /** Resolves once the relay has answered; closed when it does not. */
  protected async negotiate(path: OfferPath, options: RtpPeerOptions): Promise<void> {
    const { url, editOffer, behindProxy = false, prepareProxy, payloadType: _, ...labels } = options;
    try {
      const offer = withoutCandidates(await this.makeOffer());
      this.offer = editOffer?.(offer) ?? offer;
      this.answer = await negotiate(url, path, labels, this.offer);
      this.takeAnswer(behindProxy ? await this.proxied(prepareProxy) : this.answer.sdp);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private async proxied(prepare?: (proxy: MediaProxy) => void): Promise<string> {
    const { proxy, sdp } = await MediaProxy.before(this.answer.sdp);
    prepare?.(proxy);
    this.proxy = proxy;
    return sdp;
  }
}
