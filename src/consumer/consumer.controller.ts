import { Body, Controller, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Access } from '../auth/access.js';
import { ROLES } from '../caller/actor.js';
import { FromCaller, type Caller } from '../caller/caller.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { OfferDto } from '../signaling/offer.dto.js';
import { TakesOffer } from '../signaling/takes-offer.js';
import { ConsumerService, type NoBroadcast } from './consumer.service.js';

@ApiTags('signaling')
@Controller('consumer')
export class ConsumerController {
  constructor(private readonly consumers: ConsumerService) {}

  @Post()
  @Access({ roles: ROLES, openTo: 'listeners', ownMasjid: true, limit: 'joins' })
  @TakesOffer()
  @ApiOperation({ summary: 'Listen to a broadcast' })
  @ApiExtraModels(AnswerDto)
  @ApiOkResponse({
    description: 'The answer; exactly {} while there is no such broadcast.',
    schema: { oneOf: [{ $ref: getSchemaPath(AnswerDto) }, { type: 'object', maxProperties: 0 }] },
  })
  join(@Body() offer: OfferDto, @FromCaller() caller: Caller): Promise<AnswerDto | NoBroadcast> {
    return this.consumers.join(offer, caller);
  }
}
