import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import { droppedLogLines } from '../logging/log-params.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { BroadcastMetrics } from './broadcast-metrics.js';
import { JoinMetrics } from './join-metrics.js';
import { RefusalMetrics } from './refusal-metrics.js';
import { WorkerMetrics } from './worker-metrics.js';

/** What Prometheus reads about the relay: counted from its events, or read from its snapshot at each scrape. */
@Injectable()
export class RelayMetrics implements OnModuleDestroy {
  private readonly registry = new Registry();
  readonly refusals = new RefusalMetrics(this.registry);
  private readonly joins: JoinMetrics;
  private readonly broadcasts = new BroadcastMetrics(this.registry);
  private readonly workers = new WorkerMetrics(this.registry);

  constructor(private readonly relay: RelayRegistry) {
    collectDefaultMetrics({ register: this.registry });
    countDroppedLogLines(this.registry);
    this.joins = new JoinMetrics(this.registry, relay.events);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything in the Prometheus text format. */
  scrape(): Promise<string> {
    const snapshot = this.relay.snapshot();
    this.broadcasts.read(snapshot);
    this.workers.read(snapshot.workers);
    return this.registry.metrics();
  }

  onModuleDestroy(): void {
    this.joins.close();
    this.registry.clear();
  }
}

function countDroppedLogLines(registry: Registry): void {
  new Counter({
    name: 'azaan_log_lines_dropped_total',
    help: 'Lines of the log that were lost because nobody read it',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(droppedLogLines());
    },
  });
}
