import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Readiness } from './readiness.service.js';

@ApiSchema({ name: 'Readiness' })
export class ReadinessDto implements Readiness {
  @ApiProperty({ type: String, enum: ['ok', 'error'] })
  readonly status!: Readiness['status'];

  @ApiProperty({
    description: 'Every part by its name.',
    type: 'object',
    additionalProperties: { type: 'object', properties: { status: { type: 'string', enum: ['up', 'down'] } } },
    example: { media_workers: { status: 'up' }, log_disk: { status: 'down' } },
  })
  readonly details!: Readiness['details'];
}
