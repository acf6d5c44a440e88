import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Length } from 'class-validator';
import { ROLES, type Role } from '../caller/actor.js';
import { connectionIdProblem } from '../caller/connection-id.js';
import { Refuse } from '../http/refuse.js';
import type { ClientLabel } from '../relay/relay.types.js';
import type { IssuedToken } from './token-issuer.js';
import { DEFAULT_TTL_SECONDS } from './token-lifetime.js';

/** Which token is wanted. */
@ApiSchema({ name: 'TokenRequest' })
export class TokenRequestDto {
  @IsIn(ROLES)
  readonly role!: Role;

  /** The `connectionID` that the token is for; an admin token has none. */
  @ApiPropertyOptional({
    oneOf: [{ type: 'string', minLength: 1, maxLength: 128 }, { type: 'number' }],
    example: 'masjid-an-noor',
  })
  @IsOptional()
  @Refuse(connectionIdProblem)
  readonly masjidId?: ClientLabel | null;

  /** Seconds until it expires. */
  @ApiPropertyOptional({ type: 'integer', default: DEFAULT_TTL_SECONDS })
  @IsOptional()
  @IsInt()
  readonly ttlSeconds?: number | null;

  /** Whom it is for: shown in the audit log. @example "phone of the muezzin" */
  @IsOptional()
  @Length(1, 128)
  readonly subject?: string | null;
}

@ApiSchema({ name: 'Token' })
export class TokenDto {
  /** To be sent as `Authorization: Bearer …`. */
  readonly token: string;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt: string;

  constructor({ token, expiresAt }: IssuedToken) {
    this.token = token;
    this.expiresAt = expiresAt.toISOString();
  }
}
