import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import { ApiProblems } from '../http/api-docs.js';
import { LimitAs } from '../limits/limit-as.js';
import { Roles } from './access.js';
import { tokenIssued } from './token-audit.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenDto, TokenRequestDto } from './token.dto.js';

@ApiTags('operation')
@Controller('auth/token')
export class TokenController {
  constructor(private readonly tokens: TokenIssuer) {}

  @Post()
  @HttpCode(200)
  @LimitAs('tokens')
  // RFC 6749, 5.1.
  @Header('Cache-Control', 'no-store')
  @Roles('admin')
  @Audited(tokenIssued)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Make a token' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblems({
    400: 'The body is malformed, the masjid is missing or too much, or the life is beyond the bounds.',
    401: 'No token, or one that is not valid.',
    403: 'The token is not that of an admin.',
  })
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
