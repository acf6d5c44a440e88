import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { BroadcastController } from './broadcast.controller.js';
import { BroadcastService } from './broadcast.service.js';

@Module({ imports: [RelayModule], controllers: [BroadcastController], providers: [BroadcastService] })
export class BroadcastModule {}
