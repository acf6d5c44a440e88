import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { connectionIdProblem } from '../caller/connection-id.js';
import { Refuse } from '../http/refuse.js';

/** Which broadcast a list of listeners is about. */
@ApiSchema({ name: 'ListenersQuery' })
export class ListenersQueryDto {
  /** This broadcast alone; all of them when it is left out. @example masjid-an-noor */
  @ApiPropertyOptional({ minLength: 1, maxLength: 128 })
  @IsOptional()
  @Refuse(connectionIdProblem)
  readonly connectionID?: string;
}
