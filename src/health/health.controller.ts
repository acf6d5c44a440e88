import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/access.js';

@ApiTags('operation')
@Controller('healthz')
@Public()
export class HealthController {
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether the process lives' })
  @ApiOkResponse({ schema: { example: { status: 'ok' } } })
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
