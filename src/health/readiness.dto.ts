import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** What everyone may know. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessDto {
  readonly status!: 'ok' | 'error';

  /** Every part by its name. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', properties: { status: { type: 'string', enum: ['up', 'down'] } } },
    example: { media_workers: { status: 'up' }, log_disk: { status: 'down' } },
  })
  readonly details!: Readonly<Record<string, { readonly status: 'up' | 'down' }>>;
}

export type Readiness = Pick<ReadinessDto, keyof ReadinessDto>;
