import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToListeners, Roles } from '../auth/access.js';
import { FromCaller } from '../caller/caller.js';
import type { Caller } from '../caller/caller.js';
import { ApiProblems } from '../http/api-docs.js';
import { IceService } from './ice.service.js';
import type { IceServers } from './ice.service.js';
import { IceServersDto } from './ice-servers.dto.js';

@ApiTags('signaling')
@Controller('ice-servers')
export class IceController {
  constructor(private readonly ice: IceService) {}

  @Get()
  @Roles('broadcaster', 'listener', 'admin')
  @OpenToListeners()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'TURN servers with short-lived credentials, for networks that let no UDP through' })
  @ApiOkResponse({ type: IceServersDto })
  @ApiProblems({ 401: 'A token is missing or not valid.', 429: 'This address calls too often.' })
  servers(@FromCaller() caller: Caller): IceServers {
    return this.ice.serversFor(caller);
  }
}
