const READ_TIMEOUT_MS = 2_000;

/** What a running relay counts, from `GET /metrics`. */
export interface RelayFigures {
  readonly listeners: number;
  readonly workers: number;
  /** RTP packets since the start, from broadcasters and to listeners. */
  readonly packetsIn: number;
  readonly packetsOut: number;
  /** When this was read, by a monotonic clock. */
  readonly atMs: number;
}

/** @returns undefined when the server does not answer */
export async function readFigures(url: string): Promise<RelayFigures | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
    if (!response.ok) return undefined;
    const text = await response.text();
    return {
      listeners: sample(text, 'azaan_listeners_active'),
      workers: sample(text, 'azaan_media_workers_ready'),
      packetsIn: sample(text, 'azaan_rtp_packets_total{direction="in"}'),
      packetsOut: sample(text, 'azaan_rtp_packets_total{direction="out"}'),
      atMs: performance.now(),
    };
  } catch {
    return undefined;
  }
}

/** `2 listeners · packets/s 16.7 in, 33.3 out · 2 workers`; rates need an earlier reading. */
export function describeFigures(now: RelayFigures, before: RelayFigures): string {
  const seconds = (now.atMs - before.atMs) / 1_000;
  const rate = (newer: number, older: number): string => (seconds > 0 ? (newer - older) / seconds : 0).toFixed(1);
  return [
    counted(now.listeners, 'listener'),
    `packets/s ${rate(now.packetsIn, before.packetsIn)} in, ${rate(now.packetsOut, before.packetsOut)} out`,
    counted(now.workers, 'worker'),
  ].join(' · ');
}

/** One value of the Prometheus text format; 0 when it is missing. */
function sample(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
