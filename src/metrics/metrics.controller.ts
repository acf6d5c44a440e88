import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { Response } from 'express';
import { Access } from '../auth/access.js';
import { ApiProblems } from '../http/api-docs.js';
import { MetricsAccessGuard } from './metrics-access.guard.js';

@ApiTags('operation')
@Controller('metrics')
@UseGuards(MetricsAccessGuard)
export class MetricsController extends PrometheusController {
  @Get()
  @Access({ public: true })
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems({ 403: 'The caller is not in METRICS_ALLOW_IPS.' })
  override index(@Res({ passthrough: true }) response: Response): Promise<string> {
    return super.index(response);
  }
}
