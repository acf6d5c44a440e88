import { setTimeout as sleep } from 'node:timers/promises';
import { ScrapeProbe } from '../measure/scrape-probe.js';
import { percentile } from '../measure/statistics.js';
import { count, number, numbers } from '../report/format.js';
import { atMost, figures, type SectionBody, type Table } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { joinTime, LoadSession, LONG_PACKETS, type Joining, type Measurement } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';
import { cpuCells } from './whose-cpu.js';

const JOINS_AT_ONCE = 50;
const JOINS_A_SECOND = 20;
const HEALTH = { path: '/healthz', everyMs: 50 };
/** At the edges of the window. */
const PACKETS_ON_THEIR_WAY = 2;
const GOALS = { connectP95Ms: 400, healthP99Ms: 50, lastP95Ms: 10 };

export const thousand: Scenario = {
  name: 'thousand',
  title: 'A thousand listeners',
  help: `Many listeners, ${JOINS_AT_ONCE} joining at once: how soon they are in, and how soon the last of them has a packet, also while others join.`,
  defaults: { listeners: 1_000, seconds: 20 },
  minutes: 1,
  run,
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { scope, listeners, seconds } = context;
  const newcomers = seconds * JOINS_A_SECOND;
  const session = await LoadSession.start(context, azaanRelay, LONG_PACKETS, listeners + newcomers);
  const health = scope.use(new ScrapeProbe(session.relay.url, [HEALTH.path], HEALTH.everyMs));
  const joining = await session.join(listeners, JOINS_AT_ONCE);
  await health.close();
  const quiet = await session.measure(seconds);
  const late = await session.measure(seconds, () => joinOneByOne(session, newcomers));
  await session.close();
  const healthP99 = health.p99Ms(HEALTH.path) ?? Infinity;
  const { window, sent } = quiet;
  return {
    tables: [joinTable(listeners, joining, health, healthP99), hearTable(quiet, late)],
    goals: [
      {
        goal: 'Every listener joins',
        measured: `${joining.joined} of ${listeners}`,
        met: joining.joined === listeners,
      },
      atMost(
        GOALS.connectP95Ms,
        `POST to connected, ${JOINS_AT_ONCE} at once, p95`,
        joinTime(joining, 0.95) ?? Infinity,
        'ms',
      ),
      atMost(GOALS.healthP99Ms, 'GET /healthz p99 while they join', health.failed > 0 ? Infinity : healthP99, 'ms'),
      {
        goal: `No packet lost over ${seconds} s`,
        measured: `${window.lost} lost, the unluckiest listener got ${window.fewest} of ${sent}`,
        met: window.lost === 0 && window.fewest >= sent - PACKETS_ON_THEIR_WAY,
      },
      atMost(GOALS.lastP95Ms, 'From the broadcaster to the last listener, p95', lastDelay(quiet, 0.95), 'ms'),
      atMost(GOALS.lastP95Ms, `The same while ${JOINS_A_SECOND} a second join, p95`, lastDelay(late, 0.95), 'ms'),
    ],
    notes: [
      `A delay begins before the broadcaster hands a packet to its engine, and ends when ${
        context.peers === 'light'
          ? 'the kernel has it for the socket of the listener.'
          : 'the listener has decrypted it.'
      }`,
    ],
  };
}

async function joinOneByOne({ fleet }: LoadSession, newcomers: number): Promise<void> {
  const joining: Promise<unknown>[] = [];
  const startedMs = performance.now();
  while (joining.length < newcomers) {
    joining.push(fleet.joinOne());
    await sleep(Math.max(0, startedMs + (joining.length * 1_000) / JOINS_A_SECOND - performance.now()));
  }
  await Promise.all(joining);
}

function lastDelay({ window }: Measurement, fraction: number): number {
  return percentile(window.lastDelaysMs, fraction) ?? Infinity;
}

function joinTable(listeners: number, joining: Joining, health: ScrapeProbe, healthP99: number): Table {
  const { outcomes, cpu } = joining;
  const all = (of: 'connectMs' | 'joinMs') => numbers(...[0.5, 0.95, 0.99, 1].map((f) => joinTime(joining, f, of)));
  return figures(`${listeners} listeners, ${JOINS_AT_ONCE} joining at once`, [
    ['listeners joined', count(joining.joined)],
    ['first tries that failed', count(outcomes.filter(({ failures }) => failures.length > 0).length)],
    ['POST to connected, p50 / p95 / p99 / worst, ms', all('connectMs')],
    ['new peer to first audio, p50 / p95 / p99 / worst, ms', all('joinMs')],
    ['GET /healthz p99, ms', number(healthP99)],
    ['GET /healthz calls / failed', `${count(health.answered(HEALTH.path) + health.failed)} / ${count(health.failed)}`],
    ['seconds until all had joined', number(cpu.seconds)],
    ['CPU meanwhile: main process / workers / load generator / others, % of a core', cpuCells(cpu)],
  ]);
}

function hearTable(quiet: Measurement, late: Measurement): Table {
  const column = (values: (measured: Measurement) => string) => [quiet, late].map(values);
  return {
    caption: `${quiet.profile.frameMs} ms packets`,
    head: ['figure', 'nobody joins', `${JOINS_A_SECOND} a second join`],
    rows: [
      ['listeners at the end', ...column(({ listeners }) => count(listeners))],
      ['packets received', ...column(({ window }) => count(window.received))],
      ['packets lost', ...column(({ window }) => count(window.lost))],
      ['packets received twice', ...column(({ window }) => count(window.duplicates))],
      [
        'to any listener, p50 / p99, ms',
        ...column(({ window }) => numbers(window.delays.percentile(0.5), window.delays.percentile(0.99))),
      ],
      [
        'to the last listener, p50 / p95 / worst, ms',
        ...column((each) => numbers(...[0.5, 0.95, 1].map((fraction) => lastDelay(each, fraction)))),
      ],
      ['CPU per forwarded packet, µs', ...column(({ cpuMicrosPerPacket }) => number(cpuMicrosPerPacket))],
      ['CPU: main / workers / generator / others, % of a core', ...column(({ cpu }) => cpuCells(cpu))],
    ],
  };
}
