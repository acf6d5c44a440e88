import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.js';
import { BanGuard } from './ban.guard.js';
import { BansController } from './bans.controller.js';
import { Conduct } from './conduct.js';

/** Import it before the module whose guard asks for tokens: guards stand in the order of their modules. */
@Module({
  imports: [AuthModule],
  controllers: [BansController],
  providers: [Conduct, { provide: APP_GUARD, useClass: BanGuard }],
  exports: [Conduct],
})
export class BansModule {}
