import { DelayHistogram } from '../measure/delay-histogram.js';
import type { JoinOutcome, ListenerRequests, ListenerSettings, ListenerWindow } from './load-protocol.js';
import { LoadProcess } from './load-process.js';
import { cpuMicrosOf } from '../measure/process-usage.js';

/** What all listeners heard since the last mark. */
export interface FleetWindow extends Omit<ListenerWindow, 'delayHistogram' | 'lastDelays'> {
  readonly delays: DelayHistogram;
  /** Of each packet, from the broadcaster to the last of all listeners, in milliseconds. */
  readonly lastDelaysMs: readonly number[];
}

export interface FleetOptions extends ListenerSettings {
  /** Begins the labels of its listeners. */
  readonly name: string;
  readonly processes: number;
}

/** Listeners, spread evenly over processes that can be asked together. */
export class ListenerFleet {
  private nextLabel = 1;
  private readonly labels = new Map<LoadProcess<ListenerRequests>, string[]>();

  private constructor(
    private readonly name: string,
    private readonly joinTimeoutMs: number,
  ) {}

  static async start(options: FleetOptions): Promise<ListenerFleet> {
    const { processes, name, ...settings } = options;
    const fleet = new ListenerFleet(name, settings.joinTimeoutMs);
    for (let i = 0; i < processes; i++) fleet.labels.set(new LoadProcess('listener-process'), []);
    await Promise.all(fleet.processes.map((process) => process.request('configure', settings)));
    return fleet;
  }

  get size(): number {
    return [...this.labels.values()].reduce((sum, labels) => sum + labels.length, 0);
  }

  /** Joins `count` more listeners, `concurrency` at a time. */
  async join(count: number, concurrency: number, onOutcome: (outcome: JoinOutcome) => void): Promise<void> {
    let remaining = count;
    const joinInTurn = async (): Promise<void> => {
      while (remaining > 0) {
        remaining--;
        onOutcome(await this.joinOne());
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, joinInTurn));
  }

  /** All close their peers. */
  async leave(): Promise<void> {
    await Promise.all(
      [...this.labels].map(async ([process, labels]) => {
        await process.request('leave', { labels: labels.splice(0) });
      }),
    );
  }

  async mark(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.request('mark', null)));
  }

  async report(): Promise<FleetWindow> {
    const reports = await Promise.all(this.processes.map((process) => process.request('report', null)));
    const sum = (pick: (report: (typeof reports)[number]) => number) => reports.reduce((all, r) => all + pick(r), 0);
    const delays = new DelayHistogram();
    const last = new Map<number, number>();
    for (const { delayHistogram, lastDelays } of reports) {
      delays.merge(delayHistogram);
      for (const [counter, delayMs] of lastDelays) last.set(counter, Math.max(delayMs, last.get(counter) ?? 0));
    }
    return {
      listeners: sum((report) => report.listeners),
      deaf: sum((report) => report.deaf),
      received: sum((report) => report.received),
      lost: sum((report) => report.lost),
      duplicates: sum((report) => report.duplicates),
      fewest: Math.min(...reports.filter((r) => r.listeners > 0).map((report) => report.fewest)),
      delays,
      lastDelaysMs: [...last.values()],
    };
  }

  /** User and system time of all processes, in microseconds. */
  cpuMicros(): number {
    return this.processes.reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0);
  }

  /** Ends all processes at once: their sockets vanish. */
  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.close()));
  }

  private get processes(): LoadProcess<ListenerRequests>[] {
    return [...this.labels.keys()];
  }

  /** Joins one more listener, in the process that has fewest. */
  async joinOne(): Promise<JoinOutcome> {
    const [process, labels] = this.emptiest();
    const label = `${this.name}-${this.nextLabel++}`;
    labels.push(label);
    const outcome = await process.request('join', { label }, this.joinTimeoutMs * 2);
    if (!outcome.joined) labels.splice(labels.indexOf(label), 1);
    return outcome;
  }

  private emptiest(): [LoadProcess<ListenerRequests>, string[]] {
    const [least] = [...this.labels].sort(([, a], [, b]) => a.length - b.length);
    if (!least) throw new Error('a fleet needs at least one process');
    return least;
  }
}
