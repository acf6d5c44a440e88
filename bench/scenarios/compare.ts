import { LimitProgram, type LimitResult } from '../limit/run-limit.js';
import type { PacketProfile } from '../load/load-protocol.js';
import { number, numbers, percent, times } from '../report/format.js';
import type { Bar, BarGroup, Goal, SectionBody, Table } from '../report/results.js';
import { azaanRelay } from '../subjects/relay-subject.js';
import { LoadSession, LONG_PACKETS, SHORT_PACKETS, type RelayRow } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';
import { measureWrtcAtItsBest } from './wrtc-search.js';

const JOINS_AT_ONCE = 10;
const GOALS = { belowWrtcPerPacket: 25, timesLimit: 3, belowWrtcPerListener: 70, memoryMb: 0.3 };

export const compare: Scenario = {
  name: 'compare',
  title: 'Side by side',
  help: 'This relay, a wrtc relay and the physical limit under the same load: CPU, memory, joins, loss.',
  defaults: { listeners: 500, seconds: 15 },
  run,
};

/** What was measured of the relays. */
interface Rows {
  readonly wrtc: RelayRow;
  readonly short: RelayRow;
  readonly long: RelayRow;
}

/** Undefined on a machine that cannot compile it. */
type Limits = { readonly short: LimitResult; readonly long: LimitResult } | undefined;

async function run(context: ScenarioContext): Promise<SectionBody> {
  const measure = (profile: PacketProfile): Promise<RelayRow> =>
    LoadSession.measureOnce(context, azaanRelay, profile, context.listeners, JOINS_AT_ONCE);
  const short = await measure(SHORT_PACKETS);
  const long = await measure(LONG_PACKETS);
  const limits = await measureLimits(context);
  const { row: wrtc, reachedLimit } = await measureWrtcAtItsBest(context, SHORT_PACKETS, JOINS_AT_ONCE);
  const rows: Rows = { wrtc, short, long };
  const notes = [
    `Every relay gets ${SHORT_PACKETS.payloadBytes}-byte packets each ${SHORT_PACKETS.frameMs} ms; this relay also the ` +
      `${LONG_PACKETS.payloadBytes}-byte packets each ${LONG_PACKETS.frameMs} ms that it asks browsers for by default. ` +
      'CPU is that of the server and all its workers, without the load generator.',
    'A join lasts from making the peer connection to the first audio packet. The delay is from broadcaster to listener.',
    reachedLimit
      ? `The wrtc relay is measured with the most listeners it carries without loss: ${wrtc.listeners}.`
      : `The search for the wrtc relay's highest load ended at ${wrtc.listeners} listeners without loss.`,
    ...(limits ? [] : ['No C compiler with OpenSSL on this machine: the physical limit was not measured.']),
  ];
  return {
    tables: [mainTable(rows, limits), ratioTable(rows, limits)],
    goals: goals(rows, limits),
    notes,
    charts: charts(rows, limits),
  };
}

async function measureLimits(context: ScenarioContext): Promise<Limits> {
  const { scope, progress, listeners, seconds } = context;
  progress('limit: compiling');
  const program = await LimitProgram.compile();
  if (!program) return undefined;
  scope.use(program);
  progress(`limit: measuring ${listeners} sockets, twice ${seconds} s`);
  const short = await program.measure(SHORT_PACKETS, listeners, seconds);
  return { short, long: await program.measure(LONG_PACKETS, listeners, seconds) };
}

function mainTable({ wrtc, short, long }: Rows, limits: Limits): Table {
  return {
    caption: 'What a packet and a listener cost',
    head: [
      'relay',
      'packets',
      'listeners',
      'CPU per forwarded packet, µs',
      'CPU per listener-second, µs',
      'memory per listener, kB',
      'join p50 / p95 / p99, ms',
      'delay p50 / p99, ms',
      'lost, %',
    ],
    rows: [
      ...[wrtc, short, long].map((row) => [
        row.relay,
        `${row.profile.frameMs} ms`,
        String(row.listeners),
        number(row.cpuMicrosPerPacket),
        number(row.cpuMicrosPerListenerSecond),
        number(row.memoryKbPerListener),
        numbers(...row.joinMs),
        numbers(row.window.delays.percentile(0.5), row.window.delays.percentile(0.99)),
        percent(row.lossPercent),
      ]),
      ...Object.values(limits ?? {}).map((limit) => [
        'limit: AES-GCM + sendto() in C',
        `${limit.profile.frameMs} ms`,
        String(limit.listeners),
        number(limit.cpuMicrosPerPacket),
        number((limit.cpuMicrosPerPacket * 1000) / limit.profile.frameMs),
        '–',
        '–',
        '–',
        percent(limit.lossPercent),
      ]),
    ],
  };
}

function ratioTable({ wrtc, short, long }: Rows, limits: Limits): Table {
  const row = (relay: RelayRow, limit: LimitResult | undefined): string[] => [
    `${relay.relay}, ${relay.profile.frameMs} ms packets`,
    times(wrtc.cpuMicrosPerPacket / relay.cpuMicrosPerPacket),
    times(wrtc.cpuMicrosPerListenerSecond / relay.cpuMicrosPerListenerSecond),
    times(wrtc.memoryKbPerListener / relay.memoryKbPerListener),
    limit ? times(relay.cpuMicrosPerPacket / limit.cpuMicrosPerPacket) : '–',
  ];
  return {
    caption: 'Ratios',
    head: [
      'relay',
      'below wrtc, per packet',
      'below wrtc, per listener-second',
      'below wrtc, memory',
      'above the limit, per packet',
    ],
    rows: [row(short, limits?.short), row(long, limits?.long)],
  };
}

function goals({ wrtc, short, long }: Rows, limits: Limits): Goal[] {
  const aboveLimit = limits && short.cpuMicrosPerPacket / limits.short.cpuMicrosPerPacket;
  const perPacket = wrtc.cpuMicrosPerPacket / short.cpuMicrosPerPacket;
  const perListener = wrtc.cpuMicrosPerListenerSecond / long.cpuMicrosPerListenerSecond;
  const memoryMb = Math.max(short.memoryKbPerListener, long.memoryKbPerListener) / 1000;
  return [
    {
      goal: `CPU per forwarded packet at least ${GOALS.belowWrtcPerPacket} × below the wrtc relay`,
      measured: times(perPacket),
      met: perPacket >= GOALS.belowWrtcPerPacket,
    },
    ...(aboveLimit === undefined
      ? []
      : [
          {
            goal: `CPU per forwarded packet at most ${GOALS.timesLimit} × the physical limit`,
            measured: times(aboveLimit),
            met: aboveLimit <= GOALS.timesLimit,
          },
        ]),
    {
      goal: `CPU per listener-second with default packets at least ${GOALS.belowWrtcPerListener} × below the wrtc relay`,
      measured: times(perListener),
      met: perListener >= GOALS.belowWrtcPerListener,
    },
    {
      goal: `Memory at most ${GOALS.memoryMb} MB a listener`,
      measured: `${number(memoryMb)} MB`,
      met: memoryMb <= GOALS.memoryMb,
    },
  ];
}

function charts({ wrtc, short, long }: Rows, limits: Limits): BarGroup[] {
  const bar = (label: string, value: number, kind: Bar['kind']): Bar => ({ label, value, kind });
  const limit = (label: string, value: number | undefined): Bar[] =>
    value === undefined ? [] : [bar(label, value, 'limit')];
  return [
    {
      title: `CPU per forwarded packet, µs (${SHORT_PACKETS.frameMs} ms packets)`,
      bars: [
        bar(`${wrtc.relay}, ${wrtc.listeners} listeners`, wrtc.cpuMicrosPerPacket, 'baseline'),
        bar(`${short.relay}, ${short.listeners} listeners`, short.cpuMicrosPerPacket, 'product'),
        ...limit('AES-GCM + sendto() in C', limits?.short.cpuMicrosPerPacket),
      ],
    },
    {
      title: 'CPU per listener and second, µs (the packets each one uses by default)',
      bars: [
        bar(`${wrtc.relay}, 20 ms`, wrtc.cpuMicrosPerListenerSecond, 'baseline'),
        bar(`${long.relay}, 60 ms`, long.cpuMicrosPerListenerSecond, 'product'),
        ...limit('limit, 60 ms', limits && (limits.long.cpuMicrosPerPacket * 1000) / 60),
      ],
    },
  ];
}
