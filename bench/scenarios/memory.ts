import { setTimeout as sleep } from 'node:timers/promises';
import { number } from '../report/format.js';
import { atMost, type SectionBody } from '../report/results.js';
import { azaanRelay, collectingOnSignal } from '../subjects/relay-subject.js';
import { LoadSession, LONG_PACKETS } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const ROUNDS = 3;
const JOINS_AT_ONCE = 10;
/** Half a minute after a handshake what OpenSSL keeps of it is freed, at the next look. */
const REST_MS = 33_000;
/** Goodbyes are said at once; a crowd that has left is followed by a collection 5 s later. */
const IDLE_SETTLE_MS = 10_000;
const COLLECT_MS = 1_000;
const GOALS = { workersKb: 30, mainKb: 10, idleGrowth: 0.1 };

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory',
  help: 'Three rounds in which all listeners join and leave: memory of a listener, and what stays behind.',
  defaults: { listeners: 500, seconds: 2 },
  minutes: 4,
  run,
};

/** In MB. */
interface Resident {
  readonly main: number;
  readonly workers: number;
}

interface Round {
  readonly before: Resident;
  /** Right after they joined. */
  readonly joined: Resident;
  readonly listening: Resident;
  readonly after: Resident;
}

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { listeners, seconds, progress } = context;
  const session = await LoadSession.start(context, collectingOnSignal(azaanRelay), LONG_PACKETS, listeners);
  const resident = async (): Promise<Resident> => {
    session.relay.collectGarbage();
    await sleep(COLLECT_MS);
    const { main, workers } = session.relay.usageByPart();
    return { main: main.rssBytes / 1e6, workers: workers.rssBytes / 1e6 };
  };
  const fresh = await resident();
  const half = Math.floor(listeners / 2);
  const halves: Resident[] = [];
  for (const which of ['first', 'second']) {
    progress(`the ${which} half of the listeners joins, and their handshakes are forgotten`);
    await session.join(half, JOINS_AT_ONCE);
    await sleep(REST_MS);
    halves.push(await resident());
  }
  await session.fleet.leave();
  await sleep(IDLE_SETTLE_MS);
  const rounds: Round[] = [];
  for (let before = await resident(); rounds.length < ROUNDS; before = rounds.at(-1)?.after ?? before) {
    const name = `round ${rounds.length + 1} of ${ROUNDS}`;
    await session.join(listeners, JOINS_AT_ONCE);
    progress(`${name}: ${listeners} listeners hear`);
    await sleep(seconds * 1_000);
    const joined = await resident();
    progress(`${name}: until handshakes are forgotten`);
    await sleep(REST_MS);
    const listening = await resident();
    await session.fleet.leave();
    progress(`${name}: all left, memory settles`);
    await sleep(IDLE_SETTLE_MS);
    rounds.push({ before, joined, listening, after: await resident() });
  }
  await session.close();
  return report(listeners, fresh, halves, rounds);
}

function report(
  listeners: number,
  fresh: Resident,
  [half, all]: readonly Resident[],
  rounds: readonly Round[],
): SectionBody {
  const kbOfOneMore = (part: keyof Resident): number =>
    half && all ? ((all[part] - half[part]) * 1_000) / Math.floor(listeners / 2) : NaN;
  const cell = ({ main, workers }: Resident) => `${number(main)} + ${number(workers)}`;
  const total = (resident: Resident | undefined) => (resident ? resident.main + resident.workers : Infinity);
  const idle = total(fresh);
  const last = total(rounds.at(-1)?.after);
  return {
    tables: [
      {
        caption: `Resident memory of the main process + its workers, MB; ${listeners} listeners`,
        head: ['round', 'idle before', 'joined just now', 'half a minute later', 'all left'],
        rows: rounds.map(({ before, joined, listening, after }, index) => [
          String(index + 1),
          ...[before, joined, listening, after].map(cell),
        ]),
      },
    ],
    goals: [
      atMost(
        GOALS.workersKb,
        'One more listener in its worker, half a minute after it joined',
        kbOfOneMore('workers'),
        'kB',
      ),
      atMost(GOALS.mainKb, 'One more listener in the main process', kbOfOneMore('main'), 'kB'),
      {
        goal: `Back to within ${GOALS.idleGrowth * 100} % of the idle value after ${rounds.length} rounds`,
        measured: `${number(last)} MB, was ${number(idle)} MB after the start`,
        met: last <= idle * (1 + GOALS.idleGrowth),
      },
    ],
    notes: [
      `The server began with ${cell(fresh)} MB, had ${cell(half ?? fresh)} MB with half of the listeners and ${cell(all ?? fresh)} MB with all: one more listener is the difference of those two, for what a process takes once is not a listener's.`,
      'Every figure is taken right after a garbage collection. Resident memory counts pages that several processes share once for each.',
    ],
  };
}
