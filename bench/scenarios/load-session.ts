import { setTimeout as sleep } from 'node:timers/promises';
import { ListenerFleet, type FleetWindow } from '../load/listener-fleet.js';
import type { BroadcasterRequests, JoinOutcome, PacketProfile, RelayTarget } from '../load/load-protocol.js';
import { LoadProcess } from '../load/load-process.js';
import { CoreLoad } from '../measure/machine.js';
import { percentile } from '../measure/statistics.js';
import { RelaySubject, type SubjectProgram } from '../subjects/relay-subject.js';
import { WhoseCpu, type CpuShares } from './whose-cpu.js';
import type { ScenarioContext } from './scenario.js';

/** 20 ms packets are what browsers send unasked, 60 ms ones what this relay asks them for. */
export const SHORT_PACKETS: PacketProfile = { frameMs: 20, payloadBytes: 72 };
export const LONG_PACKETS: PacketProfile = { frameMs: 60, payloadBytes: 140 };

export const LISTENERS_PER_PROCESS = { light: 5_000, libdatachannel: 125 };
/** The product's own client gives a try 3 s, too. */
export const JOIN_WAITS = { tryTimeoutMs: 3_000, joinTimeoutMs: 30_000 };
const SETTLE_MS = 2_000;
const MASJID_ID = 'bench';
const LOOPBACK = '127.0.0.1';

export interface Measurement {
  readonly relay: string;
  readonly profile: PacketProfile;
  readonly listeners: number;
  /** Of the server and all its workers. */
  readonly cpuMicrosPerPacket: number;
  readonly cpuMicrosPerListenerSecond: number;
  readonly window: FleetWindow;
  /** Packets that the broadcaster sent in the window, give or take those on their way at its edges. */
  readonly sent: number;
  readonly lossPercent: number;
  readonly cpu: CpuShares;
}

/** What it took that so many joined. */
export interface Joining {
  readonly joined: number;
  readonly outcomes: readonly JoinOutcome[];
  readonly cpu: CpuShares;
}

/** A measurement with what the joining showed. */
export interface RelayRow extends Measurement {
  readonly joining: Joining;
}

/** One relay, one broadcaster that speaks, and listeners that join: what most scenarios are made of. */
export class LoadSession {
  private constructor(
    private readonly context: ScenarioContext,
    readonly relay: RelaySubject,
    private readonly broadcaster: LoadProcess<BroadcasterRequests>,
    private readonly profile: PacketProfile,
    readonly fleet: ListenerFleet,
    /** Where further listeners find the broadcast. */
    readonly target: RelayTarget,
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
    const { offerCandidates, peers = context.peers } = program;
    const target = { url: relay.url, masjidId: MASJID_ID, offerCandidates, bindAddress: LOOPBACK };
    const broadcaster = scope.use(new LoadProcess<BroadcasterRequests>('broadcaster-process'));
    const token = await program.identity?.broadcasterToken(MASJID_ID);
    await broadcaster.request('start', { ...target, token, profile }, 20_000);
    const processes = Math.ceil(maxListeners / LISTENERS_PER_PROCESS[peers]);
    const fleet = scope.use(
      await ListenerFleet.start({ name: 'listener', processes, peers, ...target, ...JOIN_WAITS }),
    );
    await sleep(SETTLE_MS);
    return new LoadSession(context, relay, broadcaster, profile, fleet, target);
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
    const joining = await session.join(listeners, joinsAtOnce);
    const row = { ...(await session.measure(context.seconds)), joining };
    await session.close();
    return row;
  }

  /** Joins more listeners; those that fail for good are in the outcomes and nowhere else. */
  async join(count: number, concurrency: number): Promise<Joining> {
    const { progress } = this.context;
    const outcomes: JoinOutcome[] = [];
    const cpu = this.whoseCpu();
    await this.fleet.join(count, concurrency, (outcome) => {
      outcomes.push(outcome);
      progress(`${this.relay.program.name}: ${outcomes.length} of ${count} listeners joined`);
    });
    return { joined: outcomes.filter(({ joined }) => joined).length, outcomes, cpu: cpu.sinceThen() };
  }

  /** Lets the load settle, then measures for `seconds`, while `meanwhile` goes on. */
  async measure(seconds: number, meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<Measurement> {
    await sleep(SETTLE_MS);
    const { name } = this.relay.program;
    await this.fleet.mark();
    const [cpu, before, sentBefore, startedMs] = [
      this.whoseCpu(),
      this.relay.usage(),
      await this.sent(),
      performance.now(),
    ];
    const beside = meanwhile();
    for (let left = seconds; left > 0; left--) {
      this.context.progress(`${name}: measuring ${this.fleet.size} listeners, ${left} s left`);
      await sleep(1_000);
    }
    await beside;
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
      cpu: cpu.sinceThen(),
    };
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.broadcaster.close();
    await this.relay.close();
  }

  private whoseCpu(): WhoseCpu {
    return new WhoseCpu(this.relay, this.fleet, this.broadcaster.pid, new CoreLoad());
  }

  private async sent(): Promise<number> {
    return (await this.broadcaster.request('count', null)).sent;
  }
}

/** Of what joined: the time that the share `fraction` of them stays within. */
export function joinTime(
  { outcomes }: Joining,
  fraction: number,
  of: 'joinMs' | 'connectMs' = 'connectMs',
): number | undefined {
  return percentile(
    outcomes.filter(({ joined }) => joined).map((outcome) => outcome[of]),
    fraction,
  );
}
