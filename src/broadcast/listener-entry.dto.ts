import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { ClientLabel, ListenerEntry, PeerState } from '../relay/relay.types.js';

/** How one listener looks in the API documentation. */
@ApiSchema({ name: 'Listener' })
export class ListenerEntryDto implements ListenerEntry {
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: 'masjid-an-noor' })
  readonly connectionID!: ClientLabel;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '1.4.2' })
  readonly version: ClientLabel | undefined;

  readonly state!: PeerState;

  /** Opaque label of this one listener. */
  readonly randomID!: string;
}
