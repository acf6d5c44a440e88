import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { OwnMasjid, Public, Roles } from '../auth/access.js';
import { FromCaller } from '../caller/caller.js';
import type { Caller } from '../caller/caller.js';
import { ApiProblems } from '../http/api-docs.js';
import { LimitAs } from '../limits/limit-as.js';
import type { ListenerEntry } from '../relay/relay.types.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { OfferDto } from '../signaling/offer.dto.js';
import { OFFER_REFUSALS, TOKEN_REFUSALS } from '../signaling/offer-refusals.js';
import { BroadcastService } from './broadcast.service.js';
import { ListenerEntryDto } from './listener-entry.dto.js';
import { ListenersQueryDto } from './listeners-query.dto.js';

@ApiTags('signaling')
@Controller('broadcast')
export class BroadcastController {
  constructor(private readonly broadcasts: BroadcastService) {}

  @Post()
  @HttpCode(200)
  @Roles('broadcaster')
  @OwnMasjid()
  @ApiBearerAuth()
  @LimitAs('broadcasts')
  @ApiOperation({ summary: 'Begin a broadcast, or take over the live one of the same connectionID' })
  @ApiOkResponse({ type: AnswerDto })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiProblems({ ...OFFER_REFUSALS, ...TOKEN_REFUSALS })
  start(@Body() offer: OfferDto, @FromCaller() caller: Caller): Promise<AnswerDto> {
    return this.broadcasts.start(offer, caller);
  }

  @Get()
  @Public()
  @LimitAs('lists')
  @ApiOperation({ summary: 'Listeners of every broadcast, or of one, by connectionID' })
  @ApiExtraModels(ListenerEntryDto)
  @ApiOkResponse({
    description: 'Empty when nothing is broadcast, or nothing of that connectionID.',
    schema: {
      type: 'object',
      additionalProperties: { type: 'array', items: { $ref: getSchemaPath(ListenerEntryDto) } },
    },
  })
  @ApiProblems({ 400: 'The connectionID is malformed.', 429: 'This address asks too often.' })
  listeners(@Query() { connectionID }: ListenersQueryDto): Record<string, ListenerEntry[]> {
    return this.broadcasts.listeners(connectionID);
  }
}
