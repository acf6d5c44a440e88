import { setTimeout as sleep } from 'node:timers/promises';
import { ListenerFleet, type FleetWindow } from '../load/listener-fleet.js';
import type { BroadcasterRequests, JoinOutcome, PacketProfile } from '../load/load-protocol.js';
import { LoadProcess } from '../load/load-process.js';
import { CoreLoad } from '../measure/machine.js';
import type { ProcessUsage } from '../measure/process-usage.js';
import { percentile } from '../measure/statistics.js';
import { RelaySubject, type SubjectProgram } from '../subjects/relay-subject.js';
import type { ScenarioContext } from './scenario.js';

/** 20 ms packets are what browsers send unasked, 60 ms ones what this relay asks them for. */
export const SHORT_PACKETS: PacketProfile = { frameMs: 20, payloadBytes: 72 };
export const LONG_PACKETS: PacketProfile = { frameMs: 60, payloadBytes: 140 };

export const LISTENERS_PER_PROCESS = 125;
/** The product's own client gives a try 3 s, too. */
export const JOIN_WAITS = { tryTimeoutMs: 3_000, joinTimeoutMs: 30_000 };
const SETTLE_MS = 2_000;
export const MASJID_ID = 'bench';
export const LOOPBACK = '127.0.0.1';

export interface Measurement {
  readonly relay: string;
  readonly profile: PacketProfile;
  readonly listeners: number;
  readonly cpuMicrosPerPacket: number;
  readonly cpuMicrosPerListenerSecond: number;
  readonly window: FleetWindow;
  /** Packets that the broadcaster sent in the window, give or take those on their way at its edges. */
  readonly sent: number;
  readonly lossPercent: number;
  /** Busy share of all cores, everything on the machine counted. */
  readonly machineBusy: number;
}

/** A measurement with what the joining showed. */
export interface RelayRow extends Measurement {
  readonly memoryKbPerListener: number;
  /** p50, p95, p99. */
  readonly joinMs: readonly (number | undefined)[];
}

/** One relay, one broadcaster that speaks, and listeners that join: what most scenarios are made of. */
export class LoadSession {
  readonly outcomes: JoinOutcome[] = [];

  private constructor(
    private readonly context: ScenarioContext,
    readonly relay: RelaySubject,
    private readonly broadcaster: LoadProcess<BroadcasterRequests>,
    private readonly profile: PacketProfile,
    readonly fleet: ListenerFleet,
  ) {}

  static async start(
    context: ScenarioContext,
    program: SubjectProgram,
    profile: PacketProfile,
    maxListeners: number,
  ): Promise<LoadSession> {
    const { scope, progress } = context;
    progress(`${program.name}: starting`);
    const relay = scope.use(await RelaySubject.start(program));
    const { offerCandidates } = program;
    const target = { url: relay.url, masjidId: MASJID_ID, offerCandidates, bindAddress: LOOPBACK };
    const broadcaster = scope.use(new LoadProcess<BroadcasterRequests>('broadcaster-process'));
    const token = await program.identity?.broadcasterToken(MASJID_ID);
    await broadcaster.request('start', { ...target, token, profile }, 20_000);
    const processes = Math.ceil(maxListeners / LISTENERS_PER_PROCESS);
    const fleet = scope.use(await ListenerFleet.start({ name: 'listener', processes, ...target, ...JOIN_WAITS }));
    await sleep(SETTLE_MS);
    return new LoadSession(context, relay, broadcaster, profile, fleet);
  }

  /** One session as a row: `listeners` join, are measured, and all of it ends. */
  static async measureOnce(
    context: ScenarioContext,
    program: SubjectProgram,
    profile: PacketProfile,
    listeners: number,
    joinsAtOnce: number,
  ): Promise<RelayRow> {
    const session = await LoadSession.start(context, program, profile, listeners);
    const idle = session.relay.usage();
    await session.join(listeners, joinsAtOnce);
    const row = session.row(await session.measure(context.seconds), idle);
    await session.close();
    return row;
  }

  /** Joins more listeners; those that fail for good are in `outcomes` and nowhere else. */
  async join(count: number, concurrency: number): Promise<void> {
    const { progress } = this.context;
    let done = 0;
    await this.fleet.join(count, concurrency, (outcome) => {
      this.outcomes.push(outcome);
      progress(`${this.relay.program.name}: ${++done} of ${count} listeners joined`);
    });
  }

  /** Lets the load settle, then measures for `seconds`. */
  async measure(seconds: number): Promise<Measurement> {
    await sleep(SETTLE_MS);
    const { name } = this.relay.program;
    const cores = new CoreLoad();
    await this.fleet.mark();
    const [before, sentBefore, startedMs] = [this.relay.usage(), await this.sent(), performance.now()];
    for (let left = seconds; left > 0; left--) {
      this.context.progress(`${name}: measuring ${this.fleet.size} listeners, ${left} s left`);
      await sleep(1_000);
    }
    const [after, sentAfter, endedMs] = [this.relay.usage(), await this.sent(), performance.now()];
    const window = await this.fleet.report();
    const cpuMicros = after.cpuMicros - before.cpuMicros;
    const listenerSeconds = (window.listeners * (endedMs - startedMs)) / 1_000;
    return {
      relay: name,
      profile: this.profile,
      listeners: window.listeners,
      cpuMicrosPerPacket: cpuMicros / window.received,
      cpuMicrosPerListenerSecond: cpuMicros / listenerSeconds,
      window,
      sent: sentAfter - sentBefore,
      lossPercent: (100 * window.lost) / Math.max(1, window.received + window.lost),
      machineBusy: cores.sinceLast(),
    };
  }

  /** @param idle usage before the first listener joined */
  private row(measurement: Measurement, idle: ProcessUsage): RelayRow {
    const rssAtEnd = this.relay.usage().rssBytes;
    return {
      ...measurement,
      memoryKbPerListener: (rssAtEnd - idle.rssBytes) / 1_000 / Math.max(1, measurement.listeners),
      joinMs: [0.5, 0.95, 0.99].map((fraction) => this.joinMs(fraction)),
    };
  }

  joinMs(fraction: number): number | undefined {
    const joinMs = this.outcomes.filter((outcome) => outcome.joined).map((outcome) => outcome.joinMs);
    return percentile(joinMs, fraction);
  }

  get failedForGood(): number {
    return this.outcomes.filter((outcome) => !outcome.joined).length;
  }

  get failedFirstTry(): number {
    return this.outcomes.filter((outcome) => outcome.failures.length > 0).length;
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.broadcaster.close();
    await this.relay.close();
  }

  private async sent(): Promise<number> {
    return (await this.broadcaster.request('count', null)).sent;
  }
}
