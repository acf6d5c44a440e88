import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { ClientLabel } from '../relay/relay.types.js';
import type { OfferDto, SessionDescription } from './offer.dto.js';

/** What broadcasters and listeners get: one whole answer, and their own labels with the types they were sent in. */
@ApiSchema({ name: 'Answer' })
export class AnswerDto {
  @ApiProperty({
    type: 'object',
    required: ['type', 'sdp'],
    properties: { type: { type: 'string', enum: ['answer'] }, sdp: { type: 'string', example: 'v=0…' } },
  })
  readonly sdp: SessionDescription<'answer'>;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: 'masjid-an-noor' })
  readonly connectionID: ClientLabel;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '1.4.2' })
  readonly version: ClientLabel | null | undefined;

  constructor({ connectionID, version }: OfferDto, sdp: string) {
    this.sdp = { type: 'answer', sdp };
    this.connectionID = connectionID;
    // What was not sent stays undefined, which JSON leaves out.
    this.version = version;
  }
}
