import { Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { ReadinessConfig, TurnConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { ProcessLoad } from '../process/process-load.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { machineParts } from './machine-parts.js';
import type { ReadinessPart } from './readiness-part.js';
import { relayParts } from './relay-parts.js';
import { probeTurn } from './turn-probe.js';
import { turnAddressToProbe } from './turn-server.js';

const PART_TIMEOUT_MS = 2_000;
/** Anyone may ask; nobody makes the server ask its TURN server or its disk more often than this. */
const FRESH_FOR_MS = 1_000;

/** What everyone may know. */
export interface Readiness {
  readonly status: 'ok' | 'error';
  readonly details: Readonly<Record<string, { readonly status: 'up' | 'down' }>>;
}

/** Whether the server can take broadcasts and listeners, part by part. */
@Injectable()
export class ReadinessService {
  private readonly logger = new Logger('Readiness');
  private readonly parts: readonly ReadinessPart[];
  private readonly down = new Set<string>();

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    relay: RelayRegistry,
    load: ProcessLoad,
    @InjectConfig('readiness') readiness: ReadinessConfig,
    @InjectConfig('turn') turn: TurnConfig,
  ) {
    this.parts = [...relayParts(relay), ...machineParts(readiness, load), ...turnParts(turn)];
  }

  async check(): Promise<Readiness> {
    const { details } = await this.checkParts();
    const statuses = this.parts.map(({ name }) => {
      const { status, message } = details[name] ?? { status: 'down' };
      if (status === 'up') this.isUp(name);
      else this.isDown(name, String(message));
      return [name, { status: status === 'up' ? 'up' : 'down' }] as const;
    });
    return { status: this.down.size === 0 ? 'ok' : 'error', details: Object.fromEntries(statuses) };
  }

  private async checkParts(): Promise<HealthCheckResult> {
    const attempts = this.parts.map(({ name, check }) =>
      this.indicators
        .check(name)
        .attempt(async ({ signal }) => check(signal))
        .withTimeout(PART_TIMEOUT_MS)
        .cacheFor(FRESH_FOR_MS),
    );
    try {
      return await this.health.check(attempts);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return error.getResponse() as HealthCheckResult;
    }
  }

  /** Reasons go to the log, once for each time that a part goes down. */
  private isDown(part: string, reason: string): void {
    if (this.down.has(part)) return;
    this.down.add(part);
    this.logger.warn({ part, reason }, 'not ready');
  }

  private isUp(part: string): void {
    if (this.down.delete(part)) this.logger.log({ part }, 'ready again');
  }
}

function turnParts({ urls }: TurnConfig): readonly ReadinessPart[] {
  const address = turnAddressToProbe(urls);
  return address === undefined ? [] : [{ name: 'turn', check: (signal) => probeTurn(address, signal) }];
}
