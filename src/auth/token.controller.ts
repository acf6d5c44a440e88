import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import { ApiProblems } from '../http/api-docs.js';
import { Access } from './access.js';
import { tokenIssued } from './token-audit.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenDto, TokenRequestDto } from './token.dto.js';

@ApiTags('operation')
@Controller('auth/token')
export class TokenController {
  constructor(private readonly tokens: TokenIssuer) {}

  @Post()
  @HttpCode(200)
  @Access({ roles: ['admin'], limit: 'tokens' })
  @Audited(tokenIssued)
  @ApiOperation({ summary: 'Make a token' })
  @ApiProblems({ 400: 'The body is malformed, the masjid is missing or too much, or the life is beyond the bounds.' })
  async issue(@Body() { role, masjidId, ttlSeconds, subject }: TokenRequestDto): Promise<TokenDto> {
    return new TokenDto(
      await this.tokens.issue({
        role,
        masjidId: masjidId === undefined || masjidId === null ? undefined : String(masjidId),
        ttlSeconds: ttlSeconds ?? undefined,
        subject: subject ?? undefined,
      }),
    );
  }
}
