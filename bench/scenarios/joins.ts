import type { LibwebrtcRequests } from '../load/load-protocol.js';
import { LoadProcess } from '../load/load-process.js';
import { percentile } from '../measure/statistics.js';
import { measurePion } from '../pion/run-pion.js';
import { count, number, numbers } from '../report/format.js';
import { atMost, figures, type Goal, type SectionBody, type Table } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { joinTime, LoadSession, LONG_PACKETS, type Joining } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

const AT_ONCE = 10;
const LIBWEBRTC_JOINS = 40;
const GOALS = { connectP50Ms: 35, libwebrtcP50Ms: 30 };
const PERCENTILES = [0.5, 0.95, 0.99];

export const joins: Scenario = {
  name: 'joins',
  title: 'Joining',
  help: 'How soon a listener is connected, ten at once: here, with libwebrtc, and between two ends that are Pion.',
  defaults: { listeners: 300, seconds: 1 },
  minutes: 0.7,
  run,
};

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { listeners, progress } = context;
  const session = await LoadSession.start(context, azaanRelay, LONG_PACKETS, listeners);
  const joining = await session.join(listeners, AT_ONCE);
  const libwebrtcMs = await joinWithLibwebrtc(context, session);
  await session.close();
  progress('Pion: compiling, and joining');
  const pionMs = await measurePion(listeners, AT_ONCE);
  return {
    tables: [times(joining, libwebrtcMs, pionMs), cost(joining)],
    goals: goals(listeners, joining, libwebrtcMs, pionMs),
    notes: [
      `${listeners} joins, ${AT_ONCE} at once, while all who joined listen on. Those of libwebrtc come one by one, for ten at once ` +
        'would measure libwebrtc.',
      'POST to connected: the offer is there, and is posted; DTLS is finished at the listener. First audio comes up to 60 ms later, ' +
        'for packets do.',
      pionMs
        ? 'Pion: both ends in one process, the offer over HTTP, and nothing else.'
        : 'Pion was not measured: this machine lacks golang-go and golang-github-pion-webrtc.v3-dev of Debian.',
    ],
  };
}

async function joinWithLibwebrtc({ scope, progress }: ScenarioContext, session: LoadSession): Promise<number[]> {
  const process = scope.use(new LoadProcess<LibwebrtcRequests>('libwebrtc-process'));
  const took: number[] = [];
  while (took.length < LIBWEBRTC_JOINS) {
    took.push((await process.request('join', session.target)).answerToConnectedMs);
    progress(`libwebrtc: ${took.length} of ${LIBWEBRTC_JOINS} joined`);
  }
  await process.close();
  return took;
}

function times(joining: Joining, libwebrtcMs: readonly number[], pionMs: readonly number[] | undefined): Table {
  const ofAll = (values: readonly number[]) => numbers(...PERCENTILES.map((fraction) => percentile(values, fraction)));
  return {
    caption: 'Milliseconds, p50 / p95 / p99',
    head: ['joins', 'ms'],
    rows: [
      ['this relay, POST to connected', numbers(...PERCENTILES.map((f) => joinTime(joining, f)))],
      ['this relay, new peer to first audio', numbers(...PERCENTILES.map((f) => joinTime(joining, f, 'joinMs')))],
      ['this relay, libwebrtc, answer to connected', ofAll(libwebrtcMs)],
      ['Pion with Pion, POST to connected', pionMs ? ofAll(pionMs) : 'not installed'],
    ],
  };
}

function cost({ outcomes, cpu }: Joining): Table {
  const perJoinMs = (cores: number) => number((cores * cpu.seconds * 1_000) / outcomes.length);
  return figures('CPU of a join, ms', [
    ['main process', perJoinMs(cpu.mainProcess)],
    ['media workers', perJoinMs(cpu.workers)],
    ["the load generator's own share", perJoinMs(cpu.generator)],
    ['joins a second', count(Math.round(outcomes.length / cpu.seconds))],
  ]);
}

function goals(
  listeners: number,
  joining: Joining,
  libwebrtcMs: readonly number[],
  pionMs: readonly number[] | undefined,
): Goal[] {
  const p50 = joinTime(joining, 0.5) ?? Infinity;
  const pion = pionMs && percentile(pionMs, 0.5);
  return [
    { goal: 'Every listener joins', measured: `${joining.joined} of ${listeners}`, met: joining.joined === listeners },
    atMost(GOALS.connectP50Ms, `POST to connected, ${AT_ONCE} at once, p50`, p50, 'ms'),
    ...(pion === undefined ? [] : [atMost(pion, 'Sooner than Pion with Pion in the same run, p50', p50, 'ms')]),
    atMost(GOALS.libwebrtcP50Ms, 'libwebrtc, answer to connected, p50', percentile(libwebrtcMs, 0.5) ?? Infinity, 'ms'),
  ];
}
