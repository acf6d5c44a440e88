import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { OpenToListeners, OwnMasjid, Roles } from '../auth/access.js';
import { FromCaller } from '../caller/caller.js';
import type { Caller } from '../caller/caller.js';
import { ApiProblems } from '../http/api-docs.js';
import { LimitAs } from '../limits/limit-as.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { OfferDto } from '../signaling/offer.dto.js';
import { OFFER_REFUSALS, TOKEN_REFUSALS } from '../signaling/offer-refusals.js';
import { ConsumerService } from './consumer.service.js';
import type { NoBroadcast } from './consumer.service.js';

@ApiTags('signaling')
@Controller('consumer')
export class ConsumerController {
  constructor(private readonly consumers: ConsumerService) {}

  @Post()
  @HttpCode(200)
  @Roles('listener', 'broadcaster', 'admin')
  @OpenToListeners()
  @OwnMasjid()
  @ApiBearerAuth()
  @LimitAs('joins')
  @ApiOperation({ summary: 'Listen to a broadcast' })
  @ApiExtraModels(AnswerDto)
  @ApiOkResponse({
    description: 'The answer; exactly {} while there is no such broadcast.',
    schema: { oneOf: [{ $ref: getSchemaPath(AnswerDto) }, { type: 'object', maxProperties: 0 }] },
  })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiProblems({ ...OFFER_REFUSALS, ...TOKEN_REFUSALS })
  join(@Body() offer: OfferDto, @FromCaller() caller: Caller): Promise<AnswerDto | NoBroadcast> {
    return this.consumers.join(offer, caller);
  }
}
