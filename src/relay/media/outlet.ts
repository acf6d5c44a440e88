import { randomInt, randomUUID } from 'node:crypto';
import type { ListenerTrack } from '../sdp/compose-answer.js';
import { decodeBusPacket } from './bus-packet.js';
import { FanOut } from './engine/srtp/fan-out.js';
import type { PeerContext } from './peer-context.js';
import { RtpContinuity } from './rtp/rtp-continuity.js';
import { timestampAt, type SentPacket } from './rtp/sender-report.js';

/**
 * Where one broadcast leaves this worker: its packets come off the bus, get the numbers that listeners know, and go out to
 * all of them.
 */
export class Outlet {
  /** What the answers of its listeners announce. */
  readonly track: ListenerTrack = {
    ssrc: randomInt(1, 2 ** 32),
    cname: randomUUID(),
    streamId: randomUUID(),
    trackId: randomUUID(),
  };
  readonly fanOut = new FanOut(this.track.ssrc);

  private readonly continuity = new RtpContinuity();
  private readonly unsubscribe: () => void;
  private members = 0;
  private newest: (SentPacket & { readonly index: number }) | undefined;

  constructor(
    broadcastId: string,
    private readonly context: Pick<PeerContext, 'bus' | 'counters' | 'engine'>,
  ) {
    this.fanOut.afterBatch = () => context.engine.drain();
    this.unsubscribe = context.bus.subscribe(broadcastId, (bytes) => this.forward(bytes));
  }

  get isEmpty(): boolean {
    return this.members === 0;
  }

  /** A listener came, connected or not. */
  enter(): void {
    this.members += 1;
  }

  leave(): void {
    this.members -= 1;
  }

  /** What a packet of now would carry; undefined before the first one. */
  timestampNow(): number | undefined {
    return this.newest && timestampAt(this.newest, performance.now());
  }

  close(): void {
    this.unsubscribe();
  }

  private forward(bytes: Buffer): void {
    const { counters } = this.context;
    const { payload, ...packet } = decodeBusPacket(bytes);
    const atMs = performance.now();
    const numbers = this.continuity.next(packet, packet.sequenceNumber, packet.timestamp, atMs, payload.length === 0);
    if (numbers === undefined) {
      if (payload.length > 0) counters.rtpDropped.stale += 1;
      return;
    }
    const { index, timestamp, startsSpurt: marker } = numbers;
    if (index > (this.newest?.index ?? -1)) this.newest = { index, timestamp, atMs };
    const failures = this.fanOut.sealFailures;
    counters.rtpOut += this.fanOut.send({ index, timestamp, marker, payload });
    counters.rtpSendFailures += this.fanOut.sealFailures - failures;
  }
}
