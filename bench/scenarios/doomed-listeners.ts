import { setTimeout as sleep } from 'node:timers/promises';
import { ListenerFleet, type FleetOptions } from '../load/listener-fleet.js';
import type { JoinOutcome } from '../load/load-protocol.js';
import type { Scope } from '../scope.js';
import type { DeadPeerWatch } from './dead-peer-watch.js';

const LISTENERS_PER_PROCESS = 20;
const HOLD_MS = { min: 2_000, max: 5_000 };

/** How long a listener stays. */
export function holdingTime(): Promise<void> {
  return sleep(HOLD_MS.min + Math.random() * (HOLD_MS.max - HOLD_MS.min));
}

/** For a promise that is collected now and awaited at the end: its failure is not unhandled until then. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

interface DoomedProcess {
  readonly fleet: Promise<ListenerFleet>;
  /** Each resolves to the label of a listener that joined. */
  readonly joins: Promise<string | undefined>[];
}

/** Listeners in small processes; a full one is killed after a while, and all in it vanish without a goodbye. */
export class DoomedListeners {
  private current: DoomedProcess | undefined;
  private readonly deaths: Promise<void>[] = [];
  private processes = 0;

  constructor(
    private readonly scope: Scope,
    private readonly options: Omit<FleetOptions, 'name' | 'processes'>,
    private readonly watch: DeadPeerWatch,
  ) {}

  async join(): Promise<JoinOutcome> {
    this.current ??= { fleet: awaitedLater(this.startProcess()), joins: [] };
    const { fleet, joins } = this.current;
    const joining = fleet.then((started) => started.joinOne());
    joins.push(awaitedLater(joining.then(({ label, outcome }) => (outcome.joined ? label : undefined))));
    if (joins.length >= LISTENERS_PER_PROCESS) this.condemn();
    return (await joining).outcome;
  }

  /** Resolves when all that joined are dead. */
  async finish(): Promise<void> {
    this.condemn();
    await Promise.all(this.deaths);
  }

  private async startProcess(): Promise<ListenerFleet> {
    const name = `doomed-${++this.processes}`;
    return this.scope.use(await ListenerFleet.start({ name, processes: 1, ...this.options }));
  }

  private condemn(): void {
    if (!this.current) return;
    this.deaths.push(awaitedLater(this.kill(this.current)));
    this.current = undefined;
  }

  private async kill({ fleet, joins }: DoomedProcess): Promise<void> {
    const labels = await Promise.all(joins);
    await holdingTime();
    await (await fleet).close();
    this.watch.add(labels.filter((label) => label !== undefined));
  }
}
