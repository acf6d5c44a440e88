import { randomInt } from 'node:crypto';
import { answerIn } from '../../src/peer-kit/post-offer.js';
import { until } from '../../src/peer-kit/until.js';
import { Reception } from '../../src/relay/media/rtp/reception.js';
import type { RtpPacket } from '../../src/relay/media/rtp/rtp-packet.js';
import type { ListeningPeer, OpenPeer } from './listening-peer.js';
import type { JoinOutcome, ListenerSettings, TryFailure } from './load-protocol.js';
import { offerTo } from './offer.js';
import type { Probe } from './probe-payload.js';
import { SequenceExtender, SequenceTracker } from './sequence-tracker.js';

const RETRY_PAUSE_MS = 250;
const REPORT_INTERVAL_MS = 5_000;

/** One listener, as a live browser would be: it joins, hears, and sends receiver reports. */
export class Listener {
  readonly tracker = new SequenceTracker();
  private extender = new SequenceExtender();
  private reception = new Reception();
  private peer: ListeningPeer | undefined;
  private heard = false;
  private connectMs = 0;
  private readonly identity = { ssrc: randomInt(1, 2 ** 32 - 1), cname: 'load' };
  private nextReportMs = 0;
  private closed = false;

  constructor(
    private readonly label: string,
    private readonly settings: ListenerSettings,
    private readonly openPeer: OpenPeer,
    private readonly onProbe: (probe: Probe, arrivedAtMs: number) => void,
  ) {}

  /** Tries with new peer connections, until one hears audio or the time is over. */
  async join(): Promise<JoinOutcome> {
    const startedMs = performance.now();
    const failures: TryFailure[] = [];
    for (;;) {
      const failure = await this.tryOnce();
      const joinMs = performance.now() - startedMs;
      if (!failure) return { joined: true, joinMs, connectMs: this.connectMs, failures };
      failures.push(failure);
      this.hangUp();
      if (this.closed || joinMs + this.settings.tryTimeoutMs > this.settings.joinTimeoutMs) {
        return { joined: false, joinMs, connectMs: Infinity, failures };
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  /** Sends what is due, among it a receiver report every 5 s ± 50 % (RFC 3550, 6.3). */
  tick(nowMs: number): void {
    this.peer?.tick(nowMs);
    if (!this.heard || nowMs < this.nextReportMs) return;
    this.nextReportMs = nowMs + REPORT_INTERVAL_MS * (0.5 + Math.random());
    const report = this.reception.report(this.identity, nowMs);
    if (report !== undefined) this.peer?.sendRtcp(report);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hangUp();
  }

  private async tryOnce(): Promise<TryFailure | undefined> {
    const deadlineMs = performance.now() + this.settings.tryTimeoutMs;
    const peer = this.open();
    const offer = await peer.makeOffer();
    const postedAtMs = performance.now();
    try {
      const reply = await offerTo(this.settings, '/consumer', offer, this.label);
      if (!reply.ok) return 'refused';
      const answer = answerIn(reply);
      if (answer === undefined) return 'no_broadcast';
      peer.takeAnswer(answer);
    } catch {
      return 'no_answer';
    }
    const isConnected = () => peer.connectedAtMs !== undefined;
    await until(() => isConnected() || !peer.isAlive, deadlineMs - performance.now());
    await until(() => this.heard || !peer.isAlive, deadlineMs - performance.now());
    this.connectMs = (peer.connectedAtMs ?? Infinity) - postedAtMs;
    if (this.heard) return undefined;
    return isConnected() ? 'silent' : 'ice_or_dtls_failed';
  }

  private open(): ListeningPeer {
    this.heard = false;
    this.extender = new SequenceExtender();
    this.reception = new Reception();
    this.peer = this.openPeer((packet, probe, arrivedAtMs) => this.receive(packet, probe, arrivedAtMs));
    return this.peer;
  }

  private hangUp(): void {
    this.peer?.close();
    this.peer = undefined;
  }

  private receive(packet: RtpPacket, probe: Probe | undefined, arrivedAtMs: number): void {
    const nowMs = performance.now();
    if (!this.heard) {
      this.heard = true;
      this.nextReportMs = nowMs + REPORT_INTERVAL_MS * Math.random();
    }
    this.reception.receive(packet, nowMs);
    this.tracker.add(probe?.counter ?? this.extender.extend(packet.sequenceNumber));
    if (probe) this.onProbe(probe, arrivedAtMs);
  }
}
