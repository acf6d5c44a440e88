import { setTimeout as sleep } from 'node:timers/promises';
import { readOggOpus, summariseOggOpus, type OggOpusSummary, type OpusPacket } from './ogg-opus.js';
import { OpusSender } from './opus-sender.js';
import { Pace } from './pace.js';
import { BroadcastError, type BroadcastTarget } from './connect-peer.js';
import { someoneSpeaks } from './someone-speaks.js';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** A connection that held this long was a good one: the next loss begins with a short wait again. */
const STEADY_MS = 10_000;
/** Longer than a relay and its listeners keep sound back. */
const LAST_PACKETS_MS = 300;

export interface FileBroadcastOptions extends BroadcastTarget {
  readonly file: string;
  /** Begin anew at the end, until stopped. */
  readonly loop: boolean;
}

export interface FileBroadcastProgress {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'ended';
  /** Of the present round. */
  readonly playedMs: number;
  /** Of one round; 0 until the file is read. */
  readonly totalMs: number;
  /** Finished rounds. */
  readonly rounds: number;
  readonly packetsSent: number;
  /** Why the connection was lost or refused last, while there is none. */
  readonly problem: string | undefined;
}

/**
 * Broadcasts an Ogg Opus file like a phone broadcasts its microphone: over WebRTC, in real time. When the connection is
 * lost it waits, connects again under the same masjid id, and goes on where it was. When another device has taken the
 * broadcast over, it gives way.
 */
export class FileBroadcaster {
  private readonly stopping = new AbortController();
  private state: FileBroadcastProgress['state'] = 'connecting';
  private playedSamples48k = 0;
  private totalSamples48k = 0;
  private rounds = 0;
  private packetsSent = 0;
  private problem: string | undefined;

  constructor(private readonly options: FileBroadcastOptions) {}

  progress(): FileBroadcastProgress {
    const { state, rounds, packetsSent, problem } = this;
    return {
      state,
      playedMs: this.playedSamples48k / 48,
      totalMs: this.totalSamples48k / 48,
      rounds,
      packetsSent,
      problem,
    };
  }

  /**
   * Resolves when the file has been played, or after `stop()`.
   *
   * @throws OpusFileError when the file cannot be played
   * @throws BroadcastError when the server refuses for good, or was never reached
   */
  async run(): Promise<void> {
    const summary = await summariseOggOpus(this.options.file);
    this.totalSamples48k = summary.durationSamples48k;
    const packets = this.packets();
    try {
      await this.broadcast(packets, summary);
    } catch (error) {
      if (!this.stopped) throw error;
    } finally {
      this.state = 'ended';
      await packets.return(undefined);
    }
  }

  /** Closes the connection and lets `run()` resolve. */
  stop(): void {
    this.stopping.abort();
  }

  /** Whether `stop()` was called. */
  get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async broadcast(packets: AsyncGenerator<OpusPacket>, summary: OggOpusSummary): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        const sender = await this.connect(summary.stereo);
        const connectedAtMs = performance.now();
        this.state = 'live';
        this.problem = undefined;
        if (await this.play(packets, sender)) return;
        if (performance.now() - connectedAtMs > STEADY_MS) failures = 0;
        throw new BroadcastError('The connection was lost.', 'unreachable');
      } catch (error) {
        if (this.stopped || !(error instanceof BroadcastError)) throw error;
        // A wrong URL should be told at once; a server that was there will be back.
        const hopeless = error.kind === 'refused' || (error.kind === 'unreachable' && this.packetsSent === 0);
        if (hopeless) throw error;
        await this.pause(failures, error);
      }
    }
  }

  private async connect(stereo: boolean): Promise<OpusSender> {
    const { signal } = this.stopping;
    if (this.packetsSent > 0 && (await someoneSpeaks(this.options, signal))) {
      throw new BroadcastError(`Another device broadcasts for ${this.options.masjidId} now.`, 'refused');
    }
    return OpusSender.connect(this.options, stereo, signal);
  }

  private async pause(failures: number, reason: BroadcastError): Promise<void> {
    this.state = 'reconnecting';
    this.problem = reason.message;
    const backoffMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2);
    await sleep(Math.max(backoffMs, reason.retryAfterMs ?? 0), undefined, { signal: this.stopping.signal });
  }

  /** @returns true at the end of the file, false when the connection was lost before it */
  private async play(packets: AsyncGenerator<OpusPacket>, sender: OpusSender): Promise<boolean> {
    const pace = new Pace();
    try {
      for (let next = await packets.next(); !next.done; next = await packets.next()) {
        const { durationSamples48k } = next.value;
        await pace.next(durationSamples48k, this.stopping.signal);
        if (!sender.send(next.value)) return false;
        this.packetsSent += 1;
        this.playedSamples48k += durationSamples48k;
      }
      await sleep(LAST_PACKETS_MS, undefined, { signal: this.stopping.signal });
      return true;
    } finally {
      sender.close();
    }
  }

  private async *packets(): AsyncGenerator<OpusPacket> {
    do {
      this.playedSamples48k = 0;
      yield* readOggOpus(this.options.file);
      this.rounds += 1;
    } while (this.options.loop);
  }
}
