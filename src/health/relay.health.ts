import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthCheckAttempt } from '@nestjs/terminus';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { WorkerSnapshot } from '../relay/relay.types.js';

/** Reports come every second. */
const REPORT_OVERDUE_MS = 5_000;

/** What the media part of the server needs to be well. */
@Injectable()
export class RelayHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly relay: RelayRegistry,
  ) {}

  workers(): HealthCheckAttempt {
    return this.indicators.check('media_workers').attempt(() => {
      for (const { index, ready, reportAgeMs } of this.workersOfRelay()) {
        if (!ready || reportAgeMs === undefined) throw new Error(`media worker ${index} is being replaced`);
        if (reportAgeMs <= REPORT_OVERDUE_MS) continue;
        throw new Error(`media worker ${index} has not reported for ${Math.round(reportAgeMs / 1_000)} s`);
      }
    });
  }

  ports(): HealthCheckAttempt {
    return this.indicators.check('media_ports').attempt(() => {
      const portless = this.workersOfRelay().find(({ udpPort }) => udpPort === undefined);
      if (portless !== undefined) throw new Error(`media worker ${portless.index} holds no UDP port`);
    });
  }

  accepting(): HealthCheckAttempt {
    return this.indicators.check('accepting').attempt(() => {
      const { draining, stopping } = this.relay.snapshot();
      if (stopping) throw new Error('the server is stopping');
      if (draining) throw new Error('new broadcasts are refused, for maintenance');
    });
  }

  private workersOfRelay(): readonly WorkerSnapshot[] {
    const { workers } = this.relay.snapshot();
    if (workers.length === 0) throw new Error('there is no media worker');
    return workers;
  }
}
