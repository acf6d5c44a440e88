import { randomInt } from 'node:crypto';
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';
import { goodbye } from '../relay/media/rtp/bye.js';
import { isRtcp, parseRtp, type RtpPacket } from '../relay/media/rtp/rtp-packet.js';
import { until } from './until.js';

/** As browsers number Opus; the relay honours whatever is offered. */
export const OPUS_PAYLOAD_TYPE = 111;
const LABEL = 'azaan';
/** Asks nobody but the operating system. */
const GATHERING_TIMEOUT_MS = 5_000;

export interface OfferingPeerOptions {
  /** Of a sender; a peer without one only receives. */
  readonly ssrc?: number;
  readonly payloadType?: number;
  /** Parameters of Opus (RFC 7587, 6.1). */
  readonly format?: string;
  /** Local address; every interface when undefined. */
  readonly bindAddress?: string | undefined;
}

/** One WebRTC connection with one Opus track, offered by this side. Its states are polled: callbacks of libdatachannel cost. */
export class OfferingPeer {
  /** Its own; a peer without a stream has one too, for its reports. */
  readonly ssrc: number;
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private closed = false;

  constructor(options: OfferingPeerOptions = {}) {
    const { ssrc, payloadType = OPUS_PAYLOAD_TYPE, format = 'minptime=10;useinbandfec=1', bindAddress } = options;
    this.connection = new nodeDataChannel.PeerConnection(LABEL, {
      iceServers: [],
      disableAutoNegotiation: true,
      ...(bindAddress === undefined ? {} : { bindAddress }),
    });
    const media = new nodeDataChannel.Audio('0', ssrc === undefined ? 'RecvOnly' : 'SendOnly');
    media.addOpusCodec(payloadType, format);
    if (ssrc !== undefined) media.addSSRC(ssrc, LABEL, LABEL, `${LABEL}-audio`);
    this.track = this.connection.addTrack(media);
    this.ssrc = ssrc ?? randomInt(1, 2 ** 32);
  }

  /** Calls back with every RTP and RTCP datagram. `handle` must not throw: in an engine callback that ends the process. */
  onDatagram(handle: (datagram: Buffer) => void): void {
    this.track.onMessage(handle);
  }

  /** Calls back with every RTP packet, under the same condition. */
  onRtp(handle: (packet: RtpPacket, datagram: Buffer) => void): void {
    this.onDatagram((datagram) => {
      const packet = isRtcp(datagram) ? undefined : parseRtp(datagram, undefined);
      if (packet !== undefined) handle(packet, datagram);
    });
  }

  /** The offer with all its candidates inside. @throws Error when no local address is found */
  async makeOffer(): Promise<string> {
    this.connection.setLocalDescription('offer');
    if (!(await until(() => this.connection.gatheringState() === 'complete', GATHERING_TIMEOUT_MS))) {
      throw new Error('no local address was found');
    }
    return this.connection.localDescription()?.sdp ?? '';
  }

  /** @throws Error when the SDP is no answer to the offer */
  takeAnswer(sdp: string): void {
    this.connection.setRemoteDescription(sdp, 'answer');
  }

  /**
   * Resolves to whether media can flow within the time; false at once when the connection failed.
   *
   * @throws AbortError when `signal` is aborted
   */
  async untilOpen(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    await until(() => this.isOpen || !this.isAlive, timeoutMs, signal);
    return this.isOpen;
  }

  get isOpen(): boolean {
    return !this.closed && this.track.isOpen();
  }

  /** Whether ICE and DTLS succeeded, and the connection has not failed since. */
  get isConnected(): boolean {
    return !this.closed && this.connection.state() === 'connected';
  }

  /** Whether the connection is, or may still become, usable. */
  get isAlive(): boolean {
    if (this.closed) return false;
    const state = this.connection.state();
    return state !== 'failed' && state !== 'closed';
  }

  /** Sends a datagram, encrypted as SRTP or SRTCP by what it looks like. @returns false when the engine refused it */
  send(datagram: Buffer): boolean {
    if (!this.isAlive) return false;
    try {
      return this.track.sendMessageBinary(datagram);
    } catch {
      // The engine throws on a track that is not open yet, or closed since its state was asked.
      return false;
    }
  }

  /** Says RTCP BYE: libdatachannel closes DTLS without a word, and would be missed only when consent expires. */
  close(): void {
    if (this.closed) return;
    if (this.isOpen) this.send(goodbye({ ssrc: this.ssrc, cname: LABEL }));
    this.closed = true;
    this.track.close();
    this.connection.close();
  }
}

/**
 * An offer without candidates. The relay answers to wherever checks come from; one that sends checks to candidates could
 * finish DTLS before its answer, and with it its fingerprint, is known here.
 */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(/^a=(?:candidate:|end-of-candidates).*\r?\n/gm, '');
}
