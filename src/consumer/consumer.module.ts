import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { ConsumerController } from './consumer.controller.js';
import { ConsumerService } from './consumer.service.js';

@Module({ imports: [RelayModule], controllers: [ConsumerController], providers: [ConsumerService] })
export class ConsumerModule {}
