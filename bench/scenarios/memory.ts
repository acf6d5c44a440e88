import { setTimeout as sleep } from 'node:timers/promises';
import { number } from '../report/format.js';
import type { SectionBody } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { LoadSession, LONG_PACKETS } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const ROUNDS = 3;
const JOINS_AT_ONCE = 10;
/** Listeners that vanish are closed when their consent is over, half a minute later, and what they held is collected after that. */
const IDLE_SETTLE_MS = 40_000;
const GOALS = { memoryMb: 0.3, idleGrowth: 0.1 };

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory',
  help: 'Three rounds in which all listeners join and leave: memory of a listener, and what stays behind.',
  defaults: { listeners: 500, seconds: 5 },
  run,
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { listeners, seconds, progress } = context;
  const session = await LoadSession.start(context, azaanRelay, LONG_PACKETS, listeners);
  const rss = () => session.relay.usage().rssBytes / 1e6;
  const idleMb = rss();
  const rounds: { fullMb: number; afterMb: number }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await session.join(listeners, JOINS_AT_ONCE);
    progress(`round ${round} of ${ROUNDS}: ${listeners} listeners hear`);
    await sleep(seconds * 1_000);
    const fullMb = rss();
    await session.fleet.leave();
    progress(`round ${round} of ${ROUNDS}: all left, memory settles`);
    await sleep(IDLE_SETTLE_MS);
    rounds.push({ fullMb, afterMb: rss() });
  }
  const perListenerMb = Math.max(...rounds.map(({ fullMb }) => (fullMb - idleMb) / listeners));
  const lastMb = rounds.at(-1)?.afterMb ?? Infinity;
  return {
    tables: [
      {
        caption: `Resident memory of the server and its workers, MB; ${listeners} listeners`,
        head: ['round', 'idle before', 'all listening', 'all left'],
        rows: rounds.map(({ fullMb, afterMb }, i) => [
          String(i + 1),
          number(i === 0 ? idleMb : rounds[i - 1]?.afterMb),
          number(fullMb),
          number(afterMb),
        ]),
      },
    ],
    goals: [
      {
        goal: `At most ${GOALS.memoryMb} MB a listener`,
        measured: `${number(perListenerMb)} MB in the worst round`,
        met: perListenerMb <= GOALS.memoryMb,
      },
      {
        goal: `Back to within ${GOALS.idleGrowth * 100} % of the idle value after ${ROUNDS} rounds`,
        measured: `${number(lastMb)} MB, was ${number(idleMb)} MB`,
        met: lastMb <= idleMb * (1 + GOALS.idleGrowth),
      },
    ],
    notes: ['Resident memory counts pages that several processes share once for each: the sum is an upper bound.'],
  };
}
