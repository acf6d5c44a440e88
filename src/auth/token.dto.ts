import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Length } from 'class-validator';
import { ROLES } from '../caller/actor.js';
import type { Role } from '../caller/actor.js';
import { connectionIdProblem } from '../caller/connection-id.js';
import { Refuse } from '../http/refuse.js';
import type { ClientLabel } from '../relay/relay.types.js';
import type { IssuedToken } from './token-issuer.js';

/** Which token is wanted. */
@ApiSchema({ name: 'TokenRequest' })
export class TokenRequestDto {
  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  readonly role!: Role;

  @ApiPropertyOptional({
    description: 'The `connectionID` that the token is for; an admin token has none.',
    oneOf: [{ type: 'string', minLength: 1, maxLength: 128 }, { type: 'number' }],
    example: 'masjid-an-noor',
  })
  @IsOptional()
  @Refuse(connectionIdProblem)
  readonly masjidId?: ClientLabel | null;

  @ApiPropertyOptional({ description: 'Seconds until it expires.', default: 900 })
  @IsOptional()
  @IsInt()
  readonly ttlSeconds?: number | null;

  @ApiPropertyOptional({ description: 'Whom it is for: shown in the audit log.', example: 'phone of the muezzin' })
  @IsOptional()
  @Length(1, 128)
  readonly subject?: string | null;
}

@ApiSchema({ name: 'Token' })
export class TokenDto {
  @ApiProperty({ description: 'To be sent as `Authorization: Bearer …`.' })
  readonly token: string;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt: string;

  constructor({ token, expiresAt }: IssuedToken) {
    this.token = token;
    this.expiresAt = expiresAt.toISOString();
  }
}
