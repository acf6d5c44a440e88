import { ApiSchema } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

@ApiSchema({ name: 'Maintenance' })
export class MaintenanceDto {
  /** Whether new broadcasts are refused. Those that there are go on. */
  @IsBoolean()
  readonly draining!: boolean;
}
