import nodeDataChannel, { type Audio, type PeerConnection, type Track } from 'node-datachannel';
import { MediaProxy } from './media-proxy.js';
import { negotiate, untilGathered, type Answer, type PeerLabels, type SignalingPath } from './signaling.js';

export interface RtpPeerOptions extends PeerLabels {
  readonly url: string;
  /** Opus payload type of the offer: 111 in Chromium, 109 in Firefox. */
  readonly payloadType?: number;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
  /** Puts a `MediaProxy` between the peer and the relay. */
  readonly behindProxy?: boolean;
}

/** A libdatachannel peer whose packets a test reads and writes itself. */
export class RtpPeer {
  answer!: Answer;
  /** As it was sent. */
  offer!: string;
  proxy: MediaProxy | undefined;
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private closed = false;

  /** @param describe adds codec and stream to the offered section */
  constructor(direction: 'SendOnly' | 'RecvOnly', describe: (media: Audio) => void) {
    this.connection = new nodeDataChannel.PeerConnection('rtp peer', {
      iceServers: [],
      bindAddress: '127.0.0.1',
      disableAutoNegotiation: true,
    });
    const media = new nodeDataChannel.Audio('0', direction);
    describe(media);
    this.track = this.connection.addTrack(media);
  }

  get isOpen(): boolean {
    return !this.closed && this.track.isOpen();
  }

  onDatagram(handle: (datagram: Buffer) => void): void {
    this.track.onMessage(handle);
  }

  /** Resolves once the relay has answered; closed when it does not. */
  async negotiate(path: SignalingPath, options: RtpPeerOptions): Promise<void> {
    const { url, editOffer, behindProxy = false, payloadType: _, ...labels } = options;
    try {
      const { connection } = this;
      connection.setLocalDescription('offer');
      await untilGathered(() => connection.gatheringState() === 'complete');
      // Without candidates: the relay's checks could otherwise finish DTLS before its fingerprint is known here.
      const offer = connection.localDescription()!.sdp.replace(/^a=(?:candidate:|end-of-candidates).*\r?\n/gm, '');
      this.offer = editOffer?.(offer) ?? offer;
      this.answer = await negotiate(url, path, labels, this.offer);
      connection.setRemoteDescription(behindProxy ? await this.proxied() : this.answer.sdp, 'answer');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends a datagram, encrypted as SRTP or SRTCP by what it looks like. @returns false when the engine refused it */
  send(datagram: Buffer): boolean {
    if (!this.isOpen) return false;
    try {
      return this.track.sendMessageBinary(datagram);
    } catch {
      return false;
    }
  }

  /** Closes without a goodbye: the engine has none for peers without data channels. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.track.close();
    this.connection.close();
    this.proxy?.close();
  }

  private async proxied(): Promise<string> {
    const { proxy, sdp } = await MediaProxy.before(this.answer.sdp);
    this.proxy = proxy;
    return sdp;
  }
}
