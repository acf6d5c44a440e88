import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Access } from '../auth/access.js';
import { FromCaller, type Caller } from '../caller/caller.js';
import { ApiProblems } from '../http/api-docs.js';
import type { ListenerEntry } from '../relay/relay.types.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { OfferDto } from '../signaling/offer.dto.js';
import { TakesOffer } from '../signaling/takes-offer.js';
import { BroadcastService } from './broadcast.service.js';
import { ListenerEntryDto } from './listener-entry.dto.js';
import { ListenersQueryDto } from './listeners-query.dto.js';

@ApiTags('signaling')
@Controller('broadcast')
export class BroadcastController {
  constructor(private readonly broadcasts: BroadcastService) {}

  @Post()
  @Access({ roles: ['broadcaster'], ownMasjid: true, limit: 'broadcasts' })
  @TakesOffer()
  @ApiOperation({ summary: 'Begin a broadcast, or take over the live one of the same connectionID' })
  @ApiOkResponse({ type: AnswerDto })
  start(@Body() offer: OfferDto, @FromCaller() caller: Caller): Promise<AnswerDto> {
    return this.broadcasts.start(offer, caller);
  }

  @Get()
  @Access({ public: true, limit: 'lists' })
  @ApiOperation({ summary: 'Listeners of every broadcast, or of one, by connectionID' })
  @ApiExtraModels(ListenerEntryDto)
  @ApiOkResponse({
    description: 'Empty when nothing is broadcast, or nothing of that connectionID.',
    schema: {
      type: 'object',
      additionalProperties: { type: 'array', items: { $ref: getSchemaPath(ListenerEntryDto) } },
    },
  })
  @ApiProblems({ 400: 'The connectionID is malformed.' })
  listeners(@Query() { connectionID }: ListenersQueryDto): Record<string, ListenerEntry[]> {
    return this.broadcasts.listeners(connectionID);
  }
}
