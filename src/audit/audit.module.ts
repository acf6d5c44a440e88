import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

/** `AuditLog`, for everyone. */
@Global()
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
