import type { RelayRegistry } from '../relay/relay-registry.js';
import type { WorkerSnapshot } from '../relay/relay.types.js';
import type { ReadinessPart } from './readiness-part.js';

/** Reports come every second. */
const REPORT_OVERDUE_MS = 5_000;

type Relay = Pick<RelayRegistry, 'snapshot'>;

/** What the media part of the server needs to be well. */
export function relayParts(relay: Relay): readonly ReadinessPart[] {
  return [
    { name: 'media_workers', check: () => throwFirst(workersOf(relay), workerProblem) },
    { name: 'media_ports', check: () => throwFirst(workersOf(relay), portProblem) },
    {
      name: 'accepting',
      check: () => {
        const { draining, stopping } = relay.snapshot();
        if (stopping) throw new Error('the server is stopping');
        if (draining) throw new Error('new broadcasts are refused, for maintenance');
      },
    },
  ];
}

/** An idle worker that is being renewed lacks nothing: the others take the peers meanwhile. */
function workersOf(relay: Relay): readonly WorkerSnapshot[] {
  const { workers } = relay.snapshot();
  if (workers.length === 0) throw new Error('there is no media worker');
  return workers.filter(({ renewing }) => !renewing);
}

function workerProblem({ index, ready, reportAgeMs }: WorkerSnapshot): string | undefined {
  if (!ready || reportAgeMs === undefined) return `media worker ${index} is being replaced`;
  if (reportAgeMs <= REPORT_OVERDUE_MS) return undefined;
  return `media worker ${index} has not reported for ${Math.round(reportAgeMs / 1_000)} s`;
}

function portProblem({ index, udpPorts }: WorkerSnapshot): string | undefined {
  return udpPorts.length === 0 ? `media worker ${index} holds no UDP port` : undefined;
}

function throwFirst(
  workers: readonly WorkerSnapshot[],
  problemOf: (worker: WorkerSnapshot) => string | undefined,
): void {
  for (const worker of workers) {
    const problem = problemOf(worker);
    if (problem !== undefined) throw new Error(problem);
  }
}
