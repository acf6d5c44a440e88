import { Module } from '@nestjs/common';
import { IceController } from './ice.controller.js';
import { IceService } from './ice.service.js';

@Module({ controllers: [IceController], providers: [IceService] })
export class IceModule {}
