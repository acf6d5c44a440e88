import { Injectable, Logger } from '@nestjs/common';
import { MachineHealthIndicator } from './machine.health.js';
import type { Readiness } from './readiness.dto.js';
import { RelayHealthIndicator } from './relay.health.js';
import { TurnHealthIndicator } from './turn.health.js';

const PART_TIMEOUT_MS = 2_000;
/** Anyone may ask; nobody makes the server ask its TURN server or its disk more often than this. */
const FRESH_FOR_MS = 1_000;

/** Whether the server can take broadcasts and listeners, part by part. */
@Injectable()
export class ReadinessService {
  private readonly logger = new Logger('Readiness');
  private readonly down = new Set<string>();

  constructor(
    private readonly relay: RelayHealthIndicator,
    private readonly machine: MachineHealthIndicator,
    private readonly turn: TurnHealthIndicator,
  ) {}

  /** Reasons go to the log: Terminus' own `HealthCheckService` would answer with them, and log them at every call. */
  async check(): Promise<Readiness> {
    const { relay, machine, turn } = this;
    const parts = [
      relay.workers(),
      relay.ports(),
      relay.accepting(),
      machine.eventLoop(),
      machine.memory(),
      machine.logDisk(),
      ...turn.answers(),
    ];
    const checked = await Promise.all(parts.map((part) => part.withTimeout(PART_TIMEOUT_MS).cacheFor(FRESH_FOR_MS)));
    const details: Record<string, { readonly status: 'up' | 'down' }> = {};
    for (const [part, { status, message }] of checked.flatMap((result) => Object.entries(result))) {
      if (status === 'up') this.isUp(part);
      else this.isDown(part, String(message));
      details[part] = { status: this.down.has(part) ? 'down' : 'up' };
    }
    return { status: this.down.size === 0 ? 'ok' : 'error', details };
  }

  /** Once for each time that a part goes down. */
  private isDown(part: string, reason: string): void {
    if (this.down.has(part)) return;
    this.down.add(part);
    this.logger.warn({ part, reason }, 'not ready');
  }

  private isUp(part: string): void {
    if (this.down.delete(part)) this.logger.log({ part }, 'ready again');
  }
}
