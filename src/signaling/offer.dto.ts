import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Allow, IsOptional } from 'class-validator';
import { addressKey } from '../caller/address-key.js';
import type { Caller } from '../caller/caller.js';
import { connectionIdProblem } from '../caller/connection-id.js';
import { Refuse } from '../http/refuse.js';
import type { ClientLabel, PeerOffer } from '../relay/relay.types.js';
import { sdpProblem, versionProblem } from './offer-problems.js';

export interface SessionDescription<Type extends string> {
  readonly type: Type;
  readonly sdp: string;
}

/** What broadcasters and listeners send: one whole offer, all candidates inside. Other members are ignored. */
@ApiSchema({ name: 'Offer' })
export class OfferDto {
  /** Names the broadcast; 1 and "1" name the same one. */
  @ApiProperty({
    oneOf: [{ type: 'string', minLength: 1, maxLength: 128 }, { type: 'number' }],
    example: 'masjid-an-noor',
  })
  @Refuse(connectionIdProblem)
  readonly connectionID!: ClientLabel;

  /** A label of the client, echoed as it was sent. */
  @ApiPropertyOptional({ oneOf: [{ type: 'string', maxLength: 256 }, { type: 'number' }], example: '1.4.2' })
  @IsOptional()
  @Refuse(versionProblem)
  readonly version?: ClientLabel | null;

  /** The offer, or its SDP text alone. */
  @ApiProperty({
    oneOf: [
      {
        type: 'object',
        required: ['type', 'sdp'],
        properties: { type: { type: 'string', enum: ['offer'] }, sdp: { type: 'string', example: 'v=0…' } },
      },
      { type: 'string', example: 'v=0…' },
    ],
  })
  @Refuse(sdpProblem)
  readonly sdp!: SessionDescription<'offer'> | string;

  /** Sent by listeners who offer no TURN candidates, and will when this attempt does not connect. */
  @ApiPropertyOptional({ type: Boolean })
  @Allow()
  readonly direct?: unknown;
}

/** The offer as the relay takes it. */
export function toPeerOffer(offer: OfferDto, { requestId, address: clientAddress, actor }: Caller): PeerOffer {
  return {
    connectionID: offer.connectionID,
    version: offer.version ?? undefined,
    sdp: typeof offer.sdp === 'string' ? offer.sdp : offer.sdp.sdp,
    requestId,
    clientAddress,
    addressKey: addressKey(clientAddress),
    actor,
  };
}
