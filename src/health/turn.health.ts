import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthCheckAttempt } from '@nestjs/terminus';
import type { TurnConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { probeTurn } from './turn-probe.js';
import { turnAddressToProbe } from './turn-server.js';

@Injectable()
export class TurnHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @InjectConfig('turn') private readonly config: TurnConfig,
  ) {}

  /** None where there is no TURN server. */
  answers(): HealthCheckAttempt[] {
    const address = turnAddressToProbe(this.config.urls);
    if (address === undefined) return [];
    return [this.indicators.check('turn').attempt(({ signal }) => probeTurn(address, signal))];
  }
}
