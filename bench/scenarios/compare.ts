import { count, number, numbers, percent, times } from '../report/format.js';
import {
  atLeast,
  atMost,
  type Bar,
  type BarGroup,
  type Goal,
  type SectionBody,
  type Table,
} from '../report/results.js';
import { percentile } from '../measure/statistics.js';
import { azaanRelay, withWorkers } from '../subjects/relay-subject.js';
import { capacity } from './capacity.js';
import { measureLimits, type Limits } from './limits.js';
import { LoadSession, LONG_PACKETS, SHORT_PACKETS, type RelayRow } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';
import { measureWrtcAtItsBest } from './wrtc-search.js';

const JOINS_AT_ONCE = 10;
/** Of a crowd, six times the listeners of the other rows. */
const CROWD = 6;
const GOALS = {
  timesHot: 2,
  timesPaced: 1.4,
  listenerSecondMicros: 155,
  crowd: 1.1,
  secondWorker: 1.1,
  belowWrtcPerPacket: 20,
  belowWrtcPerListener: 50,
};

export const compare: Scenario = {
  name: 'compare',
  title: 'Side by side',
  help: 'What a packet costs here, in a wrtc relay, and in C without any WebRTC, under the same load.',
  defaults: { listeners: 500, seconds: 15 },
  minutes: 5,
  run,
};

/** What was measured of the relays. */
interface Rows {
  readonly wrtc: RelayRow;
  /** One worker, 20 ms packets. */
  readonly short: RelayRow;
  readonly twoWorkers: RelayRow;
  /** One worker, 60 ms packets. */
  readonly long: RelayRow;
  /** As `short`, with many more listeners. */
  readonly crowd: RelayRow;
}

async function run(context: ScenarioContext): Promise<SectionBody> {
  const { listeners } = context;
  const measure = (workers: number, profile = SHORT_PACKETS, howMany = listeners): Promise<RelayRow> =>
    LoadSession.measureOnce(context, withWorkers(azaanRelay, workers), profile, howMany, JOINS_AT_ONCE);
  const limits = await measureLimits(context);
  const short = await measure(1);
  const twoWorkers = await measure(2);
  const long = await measure(1, LONG_PACKETS);
  const crowd = await measure(1, SHORT_PACKETS, listeners * CROWD);
  const { row: wrtc, reachedLimit } = await measureWrtcAtItsBest(context, SHORT_PACKETS, JOINS_AT_ONCE);
  const rows: Rows = { wrtc, short, twoWorkers, long, crowd };
  return {
    tables: [mainTable(rows, limits), ratioTable(rows, limits), capacity(crowd, long)],
    goals: goals(rows, limits),
    notes: [
      `Every relay gets ${SHORT_PACKETS.payloadBytes}-byte packets each ${SHORT_PACKETS.frameMs} ms; this relay also the ` +
        `${LONG_PACKETS.payloadBytes}-byte packets each ${LONG_PACKETS.frameMs} ms that it asks browsers for by default. ` +
        'CPU is that of the server and all its workers, without the load generator.',
      'The limit seals and sends and does nothing else: hot, packet after packet without a pause; paced, each packet when its time has come.',
      `Listeners of this relay are ${context.peers} peers, those of the wrtc relay libdatachannel ones; each has a socket of its own.`,
      reachedLimit
        ? `The wrtc relay is measured with the most listeners it carries without loss: ${wrtc.listeners}.`
        : `The search for the wrtc relay's highest load ended at ${wrtc.listeners} listeners without loss.`,
      ...(limits ? [] : ['No C compiler with OpenSSL on this machine: the limit was not measured.']),
    ],
    charts: charts(rows, limits),
  };
}

function mainTable({ wrtc, short, twoWorkers, long, crowd }: Rows, limits: Limits | undefined): Table {
  const relay = (name: string, row: RelayRow): string[] => [
    name,
    `${row.profile.frameMs} ms`,
    count(row.listeners),
    number(row.cpuMicrosPerPacket),
    number(row.cpuMicrosPerListenerSecond),
    numbers(row.window.delays.percentile(0.5), row.window.delays.percentile(0.99)),
    number(percentile(row.window.lastDelaysMs, 0.95)),
    percent(row.lossPercent),
  ];
  return {
    caption: 'What a packet and a listener cost',
    head: [
      'relay',
      'packets',
      'listeners',
      'CPU per forwarded packet, µs',
      'CPU per listener-second, µs',
      'delay p50 / p99, ms',
      'to the last listener p95, ms',
      'lost, %',
    ],
    rows: [
      relay('wrtc relay', wrtc),
      relay('azaan-relay, one worker', short),
      relay('azaan-relay, two workers', twoWorkers),
      relay('azaan-relay, one worker', crowd),
      relay('azaan-relay, one worker', long),
      ...(limits ? [limits.pacedLong, limits.pacedShort, limits.hot] : []).map(
        ({ mode, profile, listeners, cpuMicrosPerPacket, lossPercent }) => [
          `limit in C, ${mode}`,
          mode === 'hot' ? 'at once' : `${profile.frameMs} ms`,
          count(listeners),
          number(cpuMicrosPerPacket),
          mode === 'hot' ? '–' : number((cpuMicrosPerPacket * 1000) / profile.frameMs),
          '–',
          '–',
          percent(lossPercent),
        ],
      ),
    ],
  };
}

function ratioTable({ wrtc, short, long }: Rows, limits: Limits | undefined): Table {
  const times20 = (limit: number | undefined) => (limit ? times(short.cpuMicrosPerPacket / limit) : '–');
  const times60 = (limit: number | undefined) => (limit ? times(long.cpuMicrosPerPacket / limit) : '–');
  const below = (of: 'cpuMicrosPerPacket' | 'cpuMicrosPerListenerSecond', row: RelayRow) => times(wrtc[of] / row[of]);
  return {
    caption: 'Ratios, one worker',
    head: [
      'packets',
      'above the hot limit',
      'above the paced limit',
      'below wrtc, a packet',
      'below wrtc, a listener-second',
    ],
    rows: [
      [
        '20 ms',
        times20(limits?.hot.cpuMicrosPerPacket),
        times20(limits?.pacedShort.cpuMicrosPerPacket),
        below('cpuMicrosPerPacket', short),
        below('cpuMicrosPerListenerSecond', short),
      ],
      [
        '60 ms',
        times60(limits?.hot.cpuMicrosPerPacket),
        times60(limits?.pacedLong.cpuMicrosPerPacket),
        below('cpuMicrosPerPacket', long),
        below('cpuMicrosPerListenerSecond', long),
      ],
    ],
  };
}

function goals({ wrtc, short, twoWorkers, long, crowd }: Rows, limits: Limits | undefined): Goal[] {
  const perPacket = short.cpuMicrosPerPacket;
  const at = `${count(short.listeners)} listeners, 20 ms`;
  return [
    ...(limits
      ? [
          atMost(
            GOALS.timesHot,
            `A packet, above the hot limit, ${at}`,
            perPacket / limits.hot.cpuMicrosPerPacket,
            '×',
          ),
          atMost(
            GOALS.timesPaced,
            `A packet, above the paced limit, ${at}`,
            perPacket / limits.pacedShort.cpuMicrosPerPacket,
            '×',
          ),
        ]
      : []),
    atMost(GOALS.listenerSecondMicros, 'A listener-second at 60 ms', long.cpuMicrosPerListenerSecond, 'µs'),
    atMost(
      GOALS.crowd,
      `A packet with ${count(crowd.listeners)} listeners, above one with ${count(short.listeners)}`,
      crowd.cpuMicrosPerPacket / perPacket,
      '×',
    ),
    atMost(
      GOALS.secondWorker,
      'A packet of two workers, above one of one',
      twoWorkers.cpuMicrosPerPacket / perPacket,
      '×',
    ),
    atLeast(GOALS.belowWrtcPerPacket, 'A packet, below the wrtc relay', wrtc.cpuMicrosPerPacket / perPacket, '×'),
    atLeast(
      GOALS.belowWrtcPerListener,
      'A listener-second with the packets each uses by default, below the wrtc relay',
      wrtc.cpuMicrosPerListenerSecond / long.cpuMicrosPerListenerSecond,
      '×',
    ),
  ];
}

function charts({ wrtc, short, long }: Rows, limits: Limits | undefined): BarGroup[] {
  const bar = (label: string, value: number, kind: Bar['kind']): Bar => ({ label, value, kind });
  const limit = (label: string, value: number | undefined): Bar[] =>
    value === undefined ? [] : [bar(label, value, 'limit')];
  return [
    {
      title: `CPU per forwarded packet, µs (${SHORT_PACKETS.frameMs} ms packets)`,
      bars: [
        bar(`${wrtc.relay}, ${wrtc.listeners} listeners`, wrtc.cpuMicrosPerPacket, 'baseline'),
        bar(`${short.relay}, ${short.listeners} listeners`, short.cpuMicrosPerPacket, 'product'),
        ...limit('limit in C, paced', limits?.pacedShort.cpuMicrosPerPacket),
        ...limit('limit in C, hot', limits?.hot.cpuMicrosPerPacket),
      ],
    },
    {
      title: 'CPU per listener and second, µs (the packets each one uses by default)',
      bars: [
        bar(`${wrtc.relay}, 20 ms`, wrtc.cpuMicrosPerListenerSecond, 'baseline'),
        bar(`${long.relay}, 60 ms`, long.cpuMicrosPerListenerSecond, 'product'),
        ...limit('limit in C, paced, 60 ms', limits && (limits.pacedLong.cpuMicrosPerPacket * 1000) / 60),
      ],
    },
  ];
}
