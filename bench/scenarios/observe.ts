import { ScrapeProbe } from '../measure/scrape-probe.js';
import { statusReadP99Ms } from '../measure/status-read.js';
import { count, number } from '../report/format.js';
import { figures, under, type SectionBody } from '../report/results.js';
import { azaanRelay, type SubjectProgram } from '../subjects/relay-subject.js';
import { LoadSession, LONG_PACKETS } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const JOINS_AT_ONCE = 20;
/** What it costs to be watched is measured at the usual pace, how fast the answers are by many more of them. */
const EVERY_SECOND_MS = 1_000;
const MANY_MS = 100;
const PATHS = { status: '/status', metrics: '/metrics' };
/** At the edges of the window. */
const PACKETS_ON_THEIR_WAY = 2;
/** A server as full as it is meant to be. */
const FULL = { broadcasts: 50, listeners: 1_000 };
const GOALS = { statusP99Ms: 50, metricsP99Ms: 100, corePercent: 2, statusReadMs: 5 };

export const observe: Scenario = {
  name: 'observe',
  title: 'What watching costs',
  help: 'Many listeners, and /status and /metrics read each second: both stay fast, and cost next to nothing.',
  defaults: { listeners: 1_000, seconds: 20 },
  minutes: 1.4,
  run,
};

const watched: SubjectProgram = {
  ...azaanRelay,
  environment: { ...azaanRelay.environment, STATUS_ALLOW_IPS: '127.0.0.1' },
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { scope, listeners, seconds } = context;
  const session = await LoadSession.start(context, watched, LONG_PACKETS, listeners);
  const { joined } = await session.join(listeners, JOINS_AT_ONCE);
  const alone = await session.measure(seconds);
  const paths = Object.values(PATHS);
  const usual = scope.use(new ScrapeProbe(session.relay.url, paths, EVERY_SECOND_MS));
  const scraped = await session.measure(seconds);
  await usual.close();
  const probe = scope.use(new ScrapeProbe(session.relay.url, paths, MANY_MS));
  const often = await session.measure(seconds);
  await probe.close();
  await session.close();

  const p99 = {
    status: probe.p99Ms(PATHS.status) ?? Infinity,
    metrics: probe.p99Ms(PATHS.metrics) ?? Infinity,
  };
  const readP99Ms = await statusReadP99Ms(FULL.broadcasts, FULL.listeners);
  const costPercent = (scraped.cpu.mainProcess - alone.cpu.mainProcess) * 100;
  const failed = usual.failed + probe.failed;
  const windows = [scraped, often];
  const lost = windows.reduce((sum, { window }) => sum + window.lost, 0);
  // Of each window what its unluckiest listener missed.
  const missed = Math.max(...windows.map(({ sent, window }) => sent - window.fewest));
  return {
    tables: [
      figures(`${joined} listeners; ${seconds} s each: alone, both read once a second, both read ten times a second`, [
        ['GET /status p99, ms', number(p99.status)],
        ['GET /metrics p99, ms', number(p99.metrics)],
        ['calls that failed', count(failed)],
        [
          `status of ${FULL.broadcasts} broadcasts and ${count(FULL.listeners)} listeners, read and written down, p99, ms`,
          number(readP99Ms),
        ],
        ['main process alone, % of one core', number(alone.cpu.mainProcess * 100)],
        ['main process, both read once a second, % of one core', number(scraped.cpu.mainProcess * 100)],
        ['packets lost while it is watched', count(lost)],
        ['packets that the unluckiest listener missed', count(missed)],
      ]),
    ],
    goals: [
      { goal: 'Every listener joins', measured: `${joined} of ${listeners}`, met: joined === listeners },
      { goal: 'Every call is answered', measured: `${failed} failed`, met: failed === 0 },
      under(GOALS.statusP99Ms, `GET /status p99 under ${GOALS.statusP99Ms} ms`, p99.status, 'ms'),
      under(GOALS.metricsP99Ms, `GET /metrics p99 under ${GOALS.metricsP99Ms} ms`, p99.metrics, 'ms'),
      under(GOALS.corePercent, `Both each second cost under ${GOALS.corePercent} % of a core`, costPercent, '%'),
      under(
        GOALS.statusReadMs,
        `The status of ${FULL.broadcasts} broadcasts and ${count(FULL.listeners)} listeners takes under ${GOALS.statusReadMs} ms`,
        readP99Ms,
        'ms',
      ),
      {
        goal: 'Listeners lose nothing while it is watched',
        measured: `${lost} lost, the unluckiest listener missed ${missed}`,
        met: lost === 0 && missed <= PACKETS_ON_THEIR_WAY,
      },
    ],
  };
}
