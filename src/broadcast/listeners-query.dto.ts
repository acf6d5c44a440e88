import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { connectionIdProblem } from '../caller/connection-id.js';
import { Refuse } from '../http/refuse.js';

/** Which broadcast a list of listeners is about. */
@ApiSchema({ name: 'ListenersQuery' })
export class ListenersQueryDto {
  @ApiPropertyOptional({
    description: 'This broadcast alone; all of them when it is left out.',
    type: String,
    minLength: 1,
    maxLength: 128,
    example: 'masjid-an-noor',
  })
  @IsOptional()
  @Refuse(connectionIdProblem)
  readonly connectionID?: string;
}
