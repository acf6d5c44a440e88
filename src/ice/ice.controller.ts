import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../auth/access.js';
import { ROLES } from '../caller/actor.js';
import { FromCaller, type Caller } from '../caller/caller.js';
import { IceService, type IceServers } from './ice.service.js';
import { IceServersDto } from './ice-servers.dto.js';

@ApiTags('signaling')
@Controller('ice-servers')
export class IceController {
  constructor(private readonly ice: IceService) {}

  @Get()
  @Access({ roles: ROLES, openTo: 'listeners' })
  @ApiOperation({ summary: 'TURN servers with short-lived credentials, for networks that let no UDP through' })
  @ApiOkResponse({ type: IceServersDto })
  servers(@FromCaller() caller: Caller): IceServers {
    return this.ice.serversFor(caller);
  }
}
