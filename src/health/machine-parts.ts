import { statfs } from 'node:fs/promises';
import process from 'node:process';
import type { ReadinessConfig } from '../config/app-config.js';
import type { ProcessLoad } from '../process/process-load.js';
import type { ReadinessPart } from './readiness-part.js';

/** What the machine must have left. */
export function machineParts(
  config: ReadinessConfig,
  load: Pick<ProcessLoad, 'sustainedLagMs'>,
): readonly ReadinessPart[] {
  return [
    {
      name: 'event_loop',
      check: () => {
        const { sustainedLagMs } = load;
        if (sustainedLagMs <= config.maxEventLoopLagMs) return;
        throw new Error(`the event loop is ${Math.round(sustainedLagMs)} ms late, second after second`);
      },
    },
    {
      name: 'memory',
      check: () => {
        requireLeft('memory', process.availableMemory(), config.minMemoryBytes);
      },
    },
    {
      name: 'log_disk',
      check: async () => {
        const { bavail, bsize } = await statfs(config.logDirectory);
        requireLeft(`disk space in ${config.logDirectory}`, bavail * bsize, config.minDiskBytes);
      },
    },
  ];
}

function requireLeft(what: string, bytes: number, least: number): void {
  if (bytes < least) throw new Error(`${megabytes(bytes)} MB of ${what} left, needs ${megabytes(least)} MB`);
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
