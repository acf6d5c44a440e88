import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

export interface Maintenance {
  readonly draining: boolean;
}

@ApiSchema({ name: 'Maintenance' })
export class MaintenanceDto implements Maintenance {
  @ApiProperty({ description: 'Whether new broadcasts are refused. Those that there are go on.' })
  @IsBoolean()
  readonly draining!: boolean;
}
