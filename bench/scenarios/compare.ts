import { LimitProgram, type LimitResult } from '../limit/run-limit.js';
import type { PacketProfile } from '../load/load-protocol.js';
import { number, numbers, percent, times } from '../report/format.js';
import type { BarGroup, Goal, SectionBody, Table } from '../report/results.js';
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

async function run(context: ScenarioContext): Promise<SectionBody> {
  const short = await measureAzaan(context, SHORT_PACKETS);
  const long = await measureAzaan(context, LONG_PACKETS);
  const limits = await measureLimits(context);
  const wrtc = await measureWrtcAtItsBest(context, SHORT_PACKETS, JOINS_AT_ONCE);
  const notes = [
    `Every relay gets ${SHORT_PACKETS.payloadBytes}-byte packets each ${SHORT_PACKETS.frameMs} ms; this relay also the ` +
      `${LONG_PACKETS.payloadBytes}-byte packets each ${LONG_PACKETS.frameMs} ms that it asks browsers for by default. ` +
      'CPU is that of the server and all its workers, without the load generator.',
    'A join lasts from making the peer connection to the first audio packet. The delay is from broadcaster to listener.',
    wrtc.reachedLimit
      ? `The wrtc relay is measured with the most listeners it carries without loss: ${wrtc.row.listeners}.`
      : `The search for the wrtc relay's highest load ended at ${wrtc.row.listeners} listeners without loss.`,
    ...(limits ? [] : ['No C compiler with OpenSSL on this machine: the physical limit was not measured.']),
  ];
  return {
    tables: [mainTable([wrtc.row, short, long], limits ?? []), ratioTable(wrtc.row, short, long, limits)],
    goals: goals(wrtc.row, short, long, limits?.[0]),
    notes,
    charts: charts(wrtc.row, short, long, limits),
  };
}

async function measureAzaan(context: ScenarioContext, profile: PacketProfile): Promise<RelayRow> {
  const session = await LoadSession.start(context, azaanRelay, profile, context.listeners);
  const idle = session.relay.usage();
  await session.join(context.listeners, JOINS_AT_ONCE);
  const measurement = await session.measure(context.seconds);
  const row = session.row(measurement, idle);
  await session.close();
  return row;
}

async function measureLimits({
  scope,
  progress,
  listeners,
  seconds,
}: ScenarioContext): Promise<LimitResult[] | undefined> {
  progress('limit: compiling');
  const program = await LimitProgram.compile();
  if (!program) return undefined;
  scope.use(program);
  const results: LimitResult[] = [];
  for (const profile of [SHORT_PACKETS, LONG_PACKETS]) {
    progress(`limit: measuring ${listeners} sockets, ${seconds} s`);
    results.push(await program.measure(profile, listeners, seconds));
  }
  return results;
}

function mainTable(rows: readonly RelayRow[], limits: readonly LimitResult[]): Table {
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
      ...rows.map((row) => [
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
      ...limits.map((limit) => [
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

function ratioTable(
  wrtc: RelayRow,
  short: RelayRow,
  long: RelayRow,
  limits: readonly LimitResult[] | undefined,
): Table {
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
    rows: [row(short, limits?.[0]), row(long, limits?.[1])],
  };
}

function goals(wrtc: RelayRow, short: RelayRow, long: RelayRow, limit: LimitResult | undefined): Goal[] {
  const perPacket = wrtc.cpuMicrosPerPacket / short.cpuMicrosPerPacket;
  const perListener = wrtc.cpuMicrosPerListenerSecond / long.cpuMicrosPerListenerSecond;
  const memoryMb = Math.max(short.memoryKbPerListener, long.memoryKbPerListener) / 1000;
  const list: Goal[] = [
    {
      goal: `CPU per forwarded packet at least ${GOALS.belowWrtcPerPacket} × below the wrtc relay`,
      measured: times(perPacket),
      met: perPacket >= GOALS.belowWrtcPerPacket,
    },
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
  if (limit) {
    const aboveLimit = short.cpuMicrosPerPacket / limit.cpuMicrosPerPacket;
    list.splice(1, 0, {
      goal: `CPU per forwarded packet at most ${GOALS.timesLimit} × the physical limit`,
      measured: times(aboveLimit),
      met: aboveLimit <= GOALS.timesLimit,
    });
  }
  return list;
}

function charts(
  wrtc: RelayRow,
  short: RelayRow,
  long: RelayRow,
  limits: readonly LimitResult[] | undefined,
): BarGroup[] {
  const [shortLimit, longLimit] = limits ?? [];
  const perPacket: BarGroup = {
    title: `CPU per forwarded packet, µs (${SHORT_PACKETS.frameMs} ms packets)`,
    bars: [
      { label: `${wrtc.relay}, ${wrtc.listeners} listeners`, value: wrtc.cpuMicrosPerPacket, kind: 'baseline' },
      { label: `${short.relay}, ${short.listeners} listeners`, value: short.cpuMicrosPerPacket, kind: 'product' },
      ...(shortLimit
        ? [{ label: 'AES-GCM + sendto() in C', value: shortLimit.cpuMicrosPerPacket, kind: 'limit' } as const]
        : []),
    ],
  };
  const perListener: BarGroup = {
    title: 'CPU per listener and second, µs (the packets each one uses by default)',
    bars: [
      { label: `${wrtc.relay}, 20 ms`, value: wrtc.cpuMicrosPerListenerSecond, kind: 'baseline' },
      { label: `${long.relay}, 60 ms`, value: long.cpuMicrosPerListenerSecond, kind: 'product' },
      ...(longLimit
        ? [{ label: 'limit, 60 ms', value: (longLimit.cpuMicrosPerPacket * 1000) / 60, kind: 'limit' } as const]
        : []),
    ],
  };
  return [perPacket, perListener];
}
