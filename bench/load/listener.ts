import { randomInt } from 'node:crypto';
import { OfferingPeer } from '../../src/peer-kit/offering-peer.js';
import { answerIn } from '../../src/peer-kit/post-offer.js';
import { until } from '../../src/peer-kit/until.js';
import { Reception } from '../../src/relay/media/rtp/reception.js';
import type { RtpPacket } from '../../src/relay/media/rtp/rtp-packet.js';
import type { JoinOutcome, ListenerSettings, TryFailure } from './load-protocol.js';
import { offerTo } from './offer.js';
import { monotonicMs, readProbe } from './probe-payload.js';
import { SequenceExtender, SequenceTracker } from './sequence-tracker.js';

const RETRY_PAUSE_MS = 250;
const REPORT_INTERVAL_MS = 5_000;

/** One listener, as a live browser would be: it joins, hears, and sends receiver reports. */
export class Listener {
  readonly tracker = new SequenceTracker();
  private extender = new SequenceExtender();
  private reception = new Reception();
  private peer: OfferingPeer | undefined;
  private heard = false;
  private readonly identity = { ssrc: randomInt(1, 2 ** 32 - 1), cname: 'load' };
  private nextReportMs = 0;
  private closed = false;

  constructor(
    private readonly label: string,
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
    if (!this.heard || nowMs < this.nextReportMs) return;
    this.nextReportMs = nowMs + REPORT_INTERVAL_MS * (0.5 + Math.random());
    const report = this.reception.report(this.identity, nowMs);
    if (report !== undefined) this.peer?.send(report);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hangUp();
  }

  private async tryOnce(): Promise<TryFailure | undefined> {
    const deadlineMs = performance.now() + this.settings.tryTimeoutMs;
    const peer = this.open();
    try {
      const reply = await offerTo(this.settings, '/consumer', peer, this.label);
      if (!reply.ok) return 'refused';
      const answer = answerIn(reply);
      if (answer === undefined) return 'no_broadcast';
      peer.takeAnswer(answer);
    } catch {
      return 'no_answer';
    }
    await until(() => this.heard || !peer.isAlive, deadlineMs - performance.now());
    if (this.heard) return undefined;
    return peer.isConnected ? 'silent' : 'ice_or_dtls_failed';
  }

  private open(): OfferingPeer {
    this.peer = new OfferingPeer({ bindAddress: this.settings.bindAddress });
    this.peer.onRtp((packet) => this.receive(packet));
    this.heard = false;
    this.extender = new SequenceExtender();
    this.reception = new Reception();
    return this.peer;
  }

  private hangUp(): void {
    this.peer?.close();
    this.peer = undefined;
  }

  private receive(packet: RtpPacket): void {
    const nowMs = performance.now();
    if (!this.heard) {
      this.heard = true;
      this.nextReportMs = nowMs + REPORT_INTERVAL_MS * Math.random();
    }
    this.reception.receive(packet, nowMs);
    const probe = readProbe(packet.payload);
    this.tracker.add(probe?.counter ?? this.extender.extend(packet.sequenceNumber));
    if (probe) this.onDelay(monotonicMs() - probe.sentAtMs);
  }
}
