import { Module } from '@nestjs/common';
import { RelayRegistry } from './relay-registry.js';

@Module({ providers: [RelayRegistry], exports: [RelayRegistry] })
export class RelayModule {}
