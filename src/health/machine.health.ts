import { statfs } from 'node:fs/promises';
import process from 'node:process';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthCheckAttempt } from '@nestjs/terminus';
import type { ReadinessConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { ProcessLoad } from '../process/process-load.js';

/** What the machine must have left. */
@Injectable()
export class MachineHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly load: ProcessLoad,
    @InjectConfig('readiness') private readonly config: ReadinessConfig,
  ) {}

  eventLoop(): HealthCheckAttempt {
    return this.indicators.check('event_loop').attempt(() => {
      const { sustainedLagMs } = this.load;
      if (sustainedLagMs <= this.config.maxEventLoopLagMs) return;
      throw new Error(`the event loop is ${Math.round(sustainedLagMs)} ms late, second after second`);
    });
  }

  memory(): HealthCheckAttempt {
    return this.indicators
      .check('memory')
      .attempt(() => requireLeft('memory', process.availableMemory(), this.config.minMemoryBytes));
  }

  logDisk(): HealthCheckAttempt {
    const { logDirectory, minDiskBytes } = this.config;
    return this.indicators.check('log_disk').attempt(async () => {
      const { bavail, bsize } = await statfs(logDirectory);
      requireLeft(`disk space in ${logDirectory}`, bavail * bsize, minDiskBytes);
    });
  }
}

function requireLeft(what: string, bytes: number, least: number): void {
  if (bytes < least) throw new Error(`${megabytes(bytes)} MB of ${what} left, needs ${megabytes(least)} MB`);
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
