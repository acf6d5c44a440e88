import { setTimeout as sleep } from 'node:timers/promises';
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';
import type { OpusPacket } from './ogg-opus.js';
import { BroadcastError } from './post-offer.js';
import { RtpStream } from './rtp-stream.js';

/** Asks nobody but the operating system. */
const GATHERING_TIMEOUT_MS = 3_000;
const POLL_MS = 5;
/** ICE and DTLS, after the answer. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A live server reports what it receives at least every 7.5 s (RFC 3550, 6.2); one that is gone says no goodbye. */
const SILENCE_TIMEOUT_MS = 10_000;

const PAYLOAD_TYPE = 111;
const MID = '0';

/** Sends an SDP offer, resolves to the SDP of the answer. */
export type Exchange = (offerSdp: string, signal: AbortSignal) => Promise<string>;

/** One WebRTC connection that sends Opus and receives nothing but reports. */
export class OpusSender {
  private readonly rtp = new RtpStream(PAYLOAD_TYPE);
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private heardAtMs: number | undefined;
  private closed = false;

  private constructor(stereo: boolean) {
    this.connection = new nodeDataChannel.PeerConnection('file broadcaster', {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    const media = new nodeDataChannel.Audio(MID, 'SendOnly');
    const channels = stereo ? 'stereo=1;sprop-stereo=1' : 'stereo=0;sprop-stereo=0';
    media.addOpusCodec(PAYLOAD_TYPE, `minptime=10;useinbandfec=1;${channels}`);
    media.addSSRC(this.rtp.ssrc, 'azaan-file', 'azaan-file', 'azaan-file-audio');
    this.track = this.connection.addTrack(media);
    this.track.onMessage(() => {
      this.heardAtMs = performance.now();
    });
  }

  /**
   * Negotiates and connects.
   *
   * @throws BroadcastError when the exchange fails, or no connection follows within 15 s
   */
  static async connect(exchange: Exchange, stereo: boolean, signal: AbortSignal): Promise<OpusSender> {
    const sender = new OpusSender(stereo);
    try {
      const answer = await exchange(await sender.offer(), signal);
      await sender.accept(answer, signal);
      return sender;
    } catch (error) {
      sender.close();
      throw error;
    }
  }

  /** Whether the connection is closed, by either side. */
  get lost(): boolean {
    return this.closed;
  }

  /** Sends one packet untouched. Afterwards `lost` tells whether there still is a connection. */
  send({ packet, durationSamples48k }: OpusPacket): void {
    if (this.closed) return;
    this.heardAtMs ??= performance.now();
    if (performance.now() - this.heardAtMs > SILENCE_TIMEOUT_MS || this.hasFailed()) {
      this.close();
      return;
    }
    try {
      this.track.sendMessageBinary(this.rtp.next(packet, durationSamples48k));
    } catch {
      // The engine throws on a track that closed since the line above.
      this.close();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.track.close();
    this.connection.close();
  }

  /**
   * The offer lists no candidates: on loopback, checks that reach the server before its answer is set would begin DTLS
   * with an unknown certificate. The relay answers to wherever the checks come from.
   */
  private async offer(): Promise<string> {
    this.connection.setLocalDescription('offer');
    const deadlineMs = performance.now() + GATHERING_TIMEOUT_MS;
    while (this.connection.gatheringState() !== 'complete') {
      if (performance.now() > deadlineMs) throw new BroadcastError('No network address was found here.', 'unreachable');
      await sleep(POLL_MS);
    }
    const sdp = this.connection.localDescription()?.sdp ?? '';
    return sdp.replace(/^a=(?:candidate:|end-of-candidates).*\r?\n/gm, '');
  }

  private async accept(answer: string, signal: AbortSignal): Promise<void> {
    try {
      this.connection.setRemoteDescription(answer, 'answer');
    } catch {
      throw new BroadcastError('The server sent an answer that cannot be used.', 'refused');
    }
    const deadlineMs = performance.now() + CONNECT_TIMEOUT_MS;
    while (!this.track.isOpen()) {
      if (performance.now() > deadlineMs || this.hasFailed()) {
        const advice = 'is UDP from here to the server open?';
        throw new BroadcastError(`The server answered, but no media connection followed; ${advice}`, 'unreachable');
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  private hasFailed(): boolean {
    const state = this.connection.state();
    return state === 'failed' || state === 'closed';
  }
}
