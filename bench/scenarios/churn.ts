import type { JoinOutcome } from '../load/load-protocol.js';
import { percentile } from '../measure/statistics.js';
import { count, number, numbers } from '../report/format.js';
import { figures, under, type SectionBody } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { DeadPeerWatch } from './dead-peer-watch.js';
import { awaitedLater, DoomedListeners, holdingTime } from './doomed-listeners.js';
import { JOIN_WAITS, LoadSession, LOOPBACK, LONG_PACKETS, MASJID_ID } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const JOINS_AT_ONCE = 50;
/** Every fifth listener lives in a process that is killed. */
const KILL_EVERY = 5;
const GOALS = { joinP999Ms: 5_000, goneMs: 10_000 };
const GONE_TIMEOUT_MS = 45_000;

export const churn: Scenario = {
  name: 'churn',
  title: 'Coming, going and dying',
  help: 'Thousands of joins, 50 at once; every fifth listener is killed without a goodbye. --listeners counts the joins.',
  defaults: { listeners: 5_000, seconds: 5 },
  run,
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { scope, listeners: joins, progress } = context;
  const session = await LoadSession.start(context, azaanRelay, LONG_PACKETS, joins / KILL_EVERY);
  const watch = scope.use(new DeadPeerWatch(session.relay.url, MASJID_ID));
  const listenerOptions = {
    url: session.relay.url,
    masjidId: MASJID_ID,
    offerCandidates: true,
    bindAddress: LOOPBACK,
    ...JOIN_WAITS,
  };
  const doomed = new DoomedListeners(scope, listenerOptions, watch);
  const outcomes: JoinOutcome[] = [];
  const leaving: Promise<void>[] = [];
  let started = 0;
  const joinInTurn = async (): Promise<void> => {
    while (started < joins) {
      const number = ++started;
      if (number % KILL_EVERY === 0) {
        outcomes.push(await doomed.join());
      } else {
        const { outcome, leave } = await session.fleet.joinOne();
        outcomes.push(outcome);
        if (outcome.joined) leaving.push(awaitedLater(holdingTime().then(leave)));
      }
      progress(`${outcomes.length} of ${joins} joined, ${watch.killed} killed, ${watch.present} of them still listed`);
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_ONCE }, joinInTurn));
  await Promise.all(leaving);
  await doomed.finish();
  progress('waiting for the dead to be noticed');
  await watch.untilAllGone(GONE_TIMEOUT_MS);
  return report(joins, outcomes, watch);
}

function report(joins: number, outcomes: readonly JoinOutcome[], watch: DeadPeerWatch): SectionBody {
  const joined = outcomes.filter((outcome) => outcome.joined);
  const joinMs = joined.map((outcome) => outcome.joinMs);
  const failedForGood = joins - joined.length;
  const firstTries = outcomes.filter((outcome) => outcome.failures.length > 0);
  const reasons = Map.groupBy(
    outcomes.flatMap((outcome) => outcome.failures),
    (failure) => failure,
  );
  const p999 = percentile(joinMs, 0.999) ?? Infinity;
  const goneMs = watch.goneMs();
  const worstGone = watch.present > 0 ? Infinity : Math.max(...goneMs);
  return {
    tables: [
      figures(`${joins} joins, ${JOINS_AT_ONCE} at once, every ${KILL_EVERY}th listener killed without a goodbye`, [
        ['joined', count(joined.length)],
        ['failed for good', count(failedForGood)],
        ['first tries that failed', count(firstTries.length)],
        ['failed tries by reason', [...reasons].map(([reason, list]) => `${reason} ${list.length}`).join(', ') || '–'],
        [
          'join p50 / p95 / p99 / p99.9 / worst, ms',
          numbers(...[0.5, 0.95, 0.99, 0.999, 1].map((f) => percentile(joinMs, f))),
        ],
        ['killed listeners', count(watch.killed)],
        [
          'dead peer gone after, p50 / p95 / worst, ms',
          numbers(percentile(goneMs, 0.5), percentile(goneMs, 0.95), worstGone),
        ],
        ['dead peers never gone', count(watch.present)],
      ]),
    ],
    goals: [
      { goal: 'No join fails for good', measured: `${failedForGood} failed`, met: failedForGood === 0 },
      under(GOALS.joinP999Ms, `Join p99.9 under ${GOALS.joinP999Ms / 1000} s`, p999, 'ms'),
      {
        goal: `A dead peer is gone within ${GOALS.goneMs / 1000} s`,
        measured: `worst ${number(worstGone)} ms`,
        met: worstGone <= GOALS.goneMs,
      },
    ],
    notes: [
      `A try that hears nothing for ${JOIN_WAITS.tryTimeoutMs / 1000} s is given up, and a new peer connection tries again; ` +
        'join times include that.',
      'A dead peer is gone when GET /broadcast lists it no more.',
    ],
  };
}
