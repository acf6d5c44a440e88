import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { LogConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { AUDIT_EVENTS, type AuditEvent } from './audit-events.js';

/** The record of who did what: lines with `audit: true`, whatever `LOG_LEVEL` is; only `silent` silences them too. */
@Injectable()
export class AuditLog {
  private readonly channel: Logger;

  constructor(pino: PinoLogger, @InjectConfig('log') log: LogConfig) {
    this.channel = pino.logger.child({ audit: true }, { level: log.level === 'silent' ? 'silent' : 'info' });
  }

  record(event: AuditEvent): void {
    // Callers spread objects that may hold more than the event has; what is on record is the schema and nothing else.
    const fields = Object.entries(event).filter(([name]) => Object.hasOwn(AUDIT_EVENTS[event.event], name));
    this.channel.info({ event: event.event, ...Object.fromEntries(fields) }, event.event);
  }
}
