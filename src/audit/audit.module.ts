import { Global, Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { AuditLog } from './audit-log.js';
import { AuditTrail } from './audit-trail.js';

/** `AuditLog`, for everyone. */
@Global()
@Module({ imports: [RelayModule], providers: [AuditLog, AuditTrail], exports: [AuditLog] })
export class AuditModule {}
