import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { IpAllowList } from '../caller/ip-allow-list.js';
import { InjectConfig } from '../config/config.module.js';
import type { MetricsConfig } from '../config/app-config.js';
import { AppError } from '../errors/app-error.js';

/** Lets in the addresses of `METRICS_ALLOW_IPS`, as seen through a reverse proxy on this machine. */
@Injectable()
export class MetricsAccessGuard implements CanActivate {
  private readonly allowed: IpAllowList;

  constructor(@InjectConfig('metrics') config: MetricsConfig) {
    this.allowed = new IpAllowList(config.allowIps);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.allowed.has(context.switchToHttp().getRequest<Request>().ip)) return true;
    throw new AppError('forbidden', 'Metrics are for the addresses that METRICS_ALLOW_IPS lists.');
  }
}
