import { ScrapeProbe } from '../measure/scrape-probe.js';
import { count, number, numbers, percent } from '../report/format.js';
import { figures, under, type SectionBody } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { LoadSession, LONG_PACKETS } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const JOINS_AT_ONCE = 50;
const HEALTH = { path: '/healthz', everyMs: 100 };
/** At the edges of the window. */
const PACKETS_ON_THEIR_WAY = 2;
const GOALS = { joinP95Ms: 2_000, healthP99Ms: 50 };

export const thousand: Scenario = {
  name: 'thousand',
  title: 'A thousand listeners',
  help: 'Many listeners at once, 50 joining at a time: every one joins, no packet is lost, health checks stay fast.',
  defaults: { listeners: 1_000, seconds: 60 },
  run,
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { scope, listeners, seconds } = context;
  const session = await LoadSession.start(context, azaanRelay, LONG_PACKETS, listeners);
  const health = scope.use(new ScrapeProbe(session.relay.url, [HEALTH.path], HEALTH.everyMs));
  await session.join(listeners, JOINS_AT_ONCE);
  const measured = await session.measure(seconds);
  await health.close();
  const { failed } = health;
  const p99Ms = health.p99Ms(HEALTH.path) ?? Infinity;
  const { window } = measured;
  const joinP95 = session.joinMs(0.95) ?? Infinity;
  const joined = session.outcomes.length - session.failedForGood;
  return {
    tables: [
      figures(
        `${listeners} listeners, ${JOINS_AT_ONCE} joining at once, ${seconds} s of ${LONG_PACKETS.frameMs} ms packets`,
        [
          ['listeners joined', count(joined)],
          ['first tries that failed', count(session.failedFirstTry)],
          ['join p50 / p95 / p99 / worst, ms', numbers(...[0.5, 0.95, 0.99, 1].map((f) => session.joinMs(f)))],
          ['packets received', count(window.received)],
          ['packets lost', count(window.lost)],
          ['packets received twice', count(window.duplicates)],
          ['fewest packets of a listener, of those sent', `${window.fewest} of ${measured.sent}`],
          ['delay p50 / p99 / worst, ms', numbers(...[0.5, 0.99, 1].map((f) => window.delays.percentile(f)))],
          ['GET /healthz p99, ms', number(p99Ms)],
          ['GET /healthz calls / failed', `${count(health.answered(HEALTH.path) + failed)} / ${count(failed)}`],
          ['CPU per forwarded packet, µs', number(measured.cpuMicrosPerPacket)],
          ['server CPU, % of one core', number((measured.cpuMicrosPerListenerSecond * window.listeners) / 10_000)],
          ['whole machine busy, %', percent(measured.machineBusy * 100)],
        ],
      ),
    ],
    goals: [
      { goal: 'Every listener joins', measured: `${joined} of ${listeners}`, met: joined === listeners },
      under(GOALS.joinP95Ms, `Join p95 under ${GOALS.joinP95Ms / 1000} s`, joinP95, 'ms'),
      {
        goal: `No packet lost over ${seconds} s`,
        measured: `${window.lost} lost, the unluckiest listener got ${window.fewest} of ${measured.sent}`,
        met: window.lost === 0 && window.fewest >= measured.sent - PACKETS_ON_THEIR_WAY,
      },
      {
        goal: `GET /healthz p99 under ${GOALS.healthP99Ms} ms, while they join and after`,
        measured: `${number(p99Ms)} ms`,
        met: p99Ms < GOALS.healthP99Ms && failed === 0,
      },
    ],
  };
}
