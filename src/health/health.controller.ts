import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck } from '@nestjs/terminus';
import type { Response } from 'express';
import { Access } from '../auth/access.js';
import { ReadinessDto, type Readiness } from './readiness.dto.js';
import { ReadinessService } from './readiness.service.js';

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  @Get('healthz')
  @Access({ public: true })
  @HealthCheck({ swaggerDocumentation: false })
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether the process lives' })
  @ApiOkResponse({ schema: { example: { status: 'ok' } } })
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Access({ public: true })
  @HealthCheck({ swaggerDocumentation: false })
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether broadcasts and listeners can be taken, part by part' })
  @ApiOkResponse({ type: ReadinessDto, description: 'Every part is up.' })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: 'A part is down; the log has the reason.' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.readiness.check();
    if (readiness.status === 'error') response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
