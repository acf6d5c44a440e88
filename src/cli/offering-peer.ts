import { setTimeout as sleep } from 'node:timers/promises';
import nodeDataChannel, { type Audio, type PeerConnection, type Track } from 'node-datachannel';
import { BroadcastError } from './post-offer.js';

/** As browsers number Opus; the relay honours whatever is offered. */
export const PAYLOAD_TYPE = 111;
const MID = '0';

/** Asks nobody but the operating system. */
const GATHERING_TIMEOUT_MS = 3_000;
/** ICE and DTLS, after the answer. */
const CONNECT_TIMEOUT_MS = 15_000;
const POLL_MS = 5;

/** Sends an SDP offer, resolves to the SDP of the answer. */
export type Exchange = (offerSdp: string, signal: AbortSignal) => Promise<string>;

/** One WebRTC connection with one Opus track, offered by this side. */
export class OfferingPeer {
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private closed = false;

  /** @param describe adds codec and stream to the offered section */
  constructor(direction: 'SendOnly' | 'RecvOnly', describe: (media: Audio) => void) {
    this.connection = new nodeDataChannel.PeerConnection('cli', { iceServers: [], disableAutoNegotiation: true });
    const media = new nodeDataChannel.Audio(MID, direction);
    describe(media);
    this.track = this.connection.addTrack(media);
  }

  /** Calls back with every RTP and RTCP datagram. `handle` must not throw: in an engine callback that ends the process. */
  onDatagram(handle: (datagram: Buffer) => void): void {
    this.track.onMessage(handle);
  }

  /** @throws BroadcastError when the exchange fails, or no connection follows within 15 s */
  async connect(exchange: Exchange, signal: AbortSignal): Promise<void> {
    const answer = await exchange(await this.offer(), signal);
    try {
      this.connection.setRemoteDescription(answer, 'answer');
    } catch {
      throw new BroadcastError('The server sent an answer that cannot be used.', 'refused');
    }
    const deadlineMs = performance.now() + CONNECT_TIMEOUT_MS;
    while (!this.track.isOpen()) {
      if (performance.now() > deadlineMs || !this.isAlive()) {
        const advice = 'is UDP from here to the server open?';
        throw new BroadcastError(`The server answered, but no media connection followed; ${advice}`, 'unreachable');
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  /** Whether the connection is, or may still become, usable. */
  isAlive(): boolean {
    if (this.closed) return false;
    const state = this.connection.state();
    return state !== 'failed' && state !== 'closed';
  }

  /** @returns false when there is no connection to send it over any more */
  send(datagram: Buffer): boolean {
    if (!this.isAlive()) return false;
    try {
      return this.track.sendMessageBinary(datagram);
    } catch {
      // The engine throws on a track that closed since its state was asked.
      return false;
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
}
