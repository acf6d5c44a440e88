import { randomInt } from 'node:crypto';
import type { PeerConnection, Track } from 'node-datachannel';
import type { JoinOutcome, ListenerSettings, TryFailure } from './load-protocol.js';
import { browserLikeOffer, withoutCandidates } from './offer.js';
import { createPeer, gatherOffer, until } from './peer-engine.js';
import { monotonicMs, readProbe } from './probe-payload.js';
import { RefusedError, type RelayClient } from './relay-client.js';
import { readRtp, receiverReport } from './rtp.js';
import { SequenceExtender, SequenceTracker } from './sequence-tracker.js';

const RETRY_PAUSE_MS = 250;
const REPORT_INTERVAL_MS = 5_000;

/** One listener, as a live browser would be: it joins, hears, and sends receiver reports. */
export class Listener {
  readonly tracker = new SequenceTracker();
  private extender = new SequenceExtender();
  private connection: { readonly peer: PeerConnection; readonly track: Track } | undefined;
  private heard = false;
  private mediaSsrc = 0;
  private readonly ssrc = randomInt(1, 2 ** 32 - 1);
  private nextReportMs = 0;
  private closed = false;

  constructor(
    private readonly label: string,
    private readonly client: RelayClient,
    private readonly settings: ListenerSettings,
    private readonly onDelay: (delayMs: number) => void,
  ) {}

  /** Tries with new peer connections, until one hears audio or the time is over. */
  async join(): Promise<JoinOutcome> {
    const startedMs = performance.now();
    const failures: TryFailure[] = [];
    for (;;) {
      const failure = await this.tryOnce();
      const joinMs = performance.now() - startedMs;
      if (!failure) return { joined: true, joinMs, failures };
      failures.push(failure);
      this.hangUp();
      if (this.closed || joinMs + this.settings.tryTimeoutMs > this.settings.joinTimeoutMs) {
        return { joined: false, joinMs, failures };
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  /** Sends a receiver report when one is due: every 5 s ± 50 % (RFC 3550, 6.3). */
  reportReception(nowMs: number): void {
    if (!this.connection || !this.heard || nowMs < this.nextReportMs) return;
    this.nextReportMs = nowMs + REPORT_INTERVAL_MS * (0.5 + Math.random());
    const highestSequence = Math.max(0, this.tracker.highest);
    const report = { reporterSsrc: this.ssrc, mediaSsrc: this.mediaSsrc, highestSequence, totalLost: 0 };
    try {
      this.connection.track.sendMessageBinary(receiverReport(report));
    } catch {
      // The track may have closed since the last packet; there is nobody to report to.
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hangUp();
  }

  private async tryOnce(): Promise<TryFailure | undefined> {
    const deadlineMs = performance.now() + this.settings.tryTimeoutMs;
    const peer = this.open();
    const offer = await gatherOffer(peer);
    const sdp = this.settings.offerCandidates ? browserLikeOffer(offer) : withoutCandidates(offer);
    try {
      const answer = await this.client.join({ connectionID: this.settings.masjidId, version: this.label, sdp });
      if (answer === undefined) return 'no_broadcast';
      peer.setRemoteDescription(answer, 'answer');
    } catch (error) {
      return error instanceof RefusedError ? 'refused' : 'no_answer';
    }
    await until(() => this.heard || peer.state() === 'failed', deadlineMs - performance.now());
    if (this.heard) return undefined;
    return peer.state() === 'connected' ? 'silent' : 'ice_or_dtls_failed';
  }

  private open(): PeerConnection {
    const { peer, track } = createPeer({ name: this.label, bindAddress: this.settings.bindAddress });
    track.onMessage((packet) => this.receive(packet));
    this.connection = { peer, track };
    this.heard = false;
    this.extender = new SequenceExtender();
    return peer;
  }

  private hangUp(): void {
    this.connection?.peer.close();
    this.connection = undefined;
  }

  /** Called by the engine, where an exception would end the process. */
  private receive(packet: Buffer): void {
    try {
      const rtp = readRtp(packet);
      if (!rtp) return;
      if (!this.heard) {
        this.heard = true;
        this.mediaSsrc = rtp.ssrc;
        this.nextReportMs = performance.now() + REPORT_INTERVAL_MS * Math.random();
      }
      const probe = readProbe(packet, rtp.payloadOffset);
      this.tracker.add(probe ? probe.counter : this.extender.extend(rtp.sequence));
      if (probe) this.onDelay(monotonicMs() - probe.sentAtMs);
    } catch (error) {
      console.error('a packet could not be counted:', error);
    }
  }
}
