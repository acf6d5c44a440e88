import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveLine } from '../src/cli/live-line.js';
import { ListenerFleet, type FleetWindow } from './load/listener-fleet.js';
import type { BroadcasterRequests, JoinOutcome } from './load/load-protocol.js';
import { LoadProcess } from './load/load-process.js';
import { LOAD_HELP, readLoadOptions, type LoadOptions } from './load-options.js';
import { percentile } from './measure/statistics.js';
import { count, numbers } from './report/format.js';
import { JOIN_WAITS, LISTENERS_PER_PROCESS, LONG_PACKETS } from './scenarios/load-session.js';
import { runInScope, type Scope } from './scope.js';

/** `npm run load`: listeners against a relay that runs already. */

const JOINS_AT_ONCE = 20;

async function makeLoad(options: LoadOptions, scope: Scope, line: LiveLine): Promise<boolean> {
  const { url, masjidId, token, bindAddress, listeners, peers, seconds } = options;
  const target = { url, masjidId, bindAddress, offerCandidates: true };
  if (options.broadcaster) {
    line.update(`broadcasting to ${masjidId}`);
    const broadcaster = scope.use(new LoadProcess<BroadcasterRequests>('broadcaster-process'));
    await broadcaster.request('start', { ...target, token, profile: LONG_PACKETS }, 20_000);
  }
  const processes = Math.ceil(listeners / LISTENERS_PER_PROCESS[peers]);
  const fleet = scope.use(await ListenerFleet.start({ name: 'load', processes, peers, ...target, ...JOIN_WAITS }));
  const outcomes: JoinOutcome[] = [];
  await fleet.join(listeners, JOINS_AT_ONCE, (outcome) => {
    outcomes.push(outcome);
    line.update(`${outcomes.length} of ${listeners} joined`);
  });
  await fleet.mark();
  const endMs = performance.now() + seconds * 1_000;
  for (let left = seconds; left > 0; left = Math.round((endMs - performance.now()) / 1_000)) {
    await sleep(1_000);
    const { received, lost } = await fleet.report();
    line.update(`${fleet.size} listeners · ${count(received)} packets · ${count(lost)} lost · ${left} s left`);
  }
  const window = await fleet.report();
  await fleet.leave();
  line.end();
  console.log(summary(outcomes, window));
  return outcomes.every(({ joined }) => joined) && window.deaf === 0;
}

function summary(outcomes: readonly JoinOutcome[], { received, lost, deaf, delays }: FleetWindow): string {
  const joined = outcomes.filter((outcome) => outcome.joined);
  const joinMs = joined.map((outcome) => outcome.joinMs);
  const at = (fraction: number) => percentile(joinMs, fraction);
  return [
    `joined             ${joined.length} of ${outcomes.length}`,
    `retried            ${outcomes.filter(({ failures }) => failures.length > 0).length}`,
    `join p50/p95/p99   ${numbers(at(0.5), at(0.95), at(0.99))} ms`,
    `packets heard      ${count(received)}`,
    `packets lost       ${count(lost)}`,
    `heard nothing      ${deaf} listeners`,
    ...(delays.percentile(0.5) === undefined
      ? []
      : [`delay p50/p99      ${numbers(delays.percentile(0.5), delays.percentile(0.99))} ms`]),
  ].join('\n');
}

await runInScope(async (scope, line) => {
  const options = readLoadOptions(process.argv.slice(2));
  if (options) return makeLoad(options, scope, line);
  console.log(LOAD_HELP);
  return true;
});
