import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ClientLabel, PeerState } from '../relay/relay.types.js';
import type {
  Status,
  StatusBroadcast,
  StatusDisconnects,
  StatusJoins,
  StatusMediaWorker,
  StatusProcess,
} from './status.types.js';

@ApiSchema({ name: 'StatusBroadcast' })
class StatusBroadcastDto implements StatusBroadcast {
  @ApiProperty({ description: 'The connectionID as text: what tokens and metrics name.', example: 'masjid-an-noor' })
  readonly masjidId!: string;

  @ApiProperty({ description: 'As the broadcaster sent it.', oneOf: [{ type: 'string' }, { type: 'number' }] })
  readonly connectionID!: ClientLabel;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly startedAt!: string;

  @ApiProperty({ type: 'integer', description: 'Listeners whose connection is made.' })
  readonly listenerCount!: number;

  @ApiProperty({ type: String, enum: ['connecting', 'connected', 'closed'], description: 'Of the broadcaster.' })
  readonly adminConnectionState!: PeerState;

  @ApiProperty({ type: String, enum: ['connecting', 'live', 'interrupted'] })
  readonly state!: StatusBroadcast['state'];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Last packet of the broadcaster.' })
  readonly lastSeenAt!: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    minimum: -127,
    maximum: 0,
    description: 'Loudest packet of the last second, -127 being silence; null when the sender tells no level.',
  })
  readonly audioLevelDbov!: number | null;

  @ApiProperty({ description: 'Silence is judged by the size of packets, because the sender tells no level.' })
  readonly levelEstimated!: boolean;

  @ApiProperty({
    type: 'integer',
    description: 'Whole seconds without sound, with packets or without; 0 while it sounds.',
  })
  readonly silentForSeconds!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'From the broadcaster, over the last seconds.' })
  readonly packetsPerSecond!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the sound alone, in bit/s.' })
  readonly bitrate!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Lost between broadcaster and relay.' })
  readonly lossPercent!: number | null;

  @ApiProperty({ type: 'integer', description: 'Listeners that were refused or never connected, since it began.' })
  readonly joinFailures!: number;
}

@ApiSchema({ name: 'StatusJoins' })
class StatusJoinsDto implements StatusJoins {
  @ApiProperty({ type: 'integer', description: 'Answered.' })
  readonly ok!: number;

  @ApiProperty({ type: 'integer', description: 'Asked before the broadcast began, which is no failure.' })
  readonly no_broadcast!: number;

  @ApiProperty({ type: 'integer', description: 'Refused for the offer.' })
  readonly bad_offer!: number;

  @ApiProperty({ type: 'integer', description: 'Refused because a limit of the server or the broadcast was reached.' })
  readonly capacity!: number;

  @ApiProperty({ type: 'integer', description: 'Refused because too many listeners of its address were connecting.' })
  readonly address_limit!: number;

  @ApiProperty({ type: 'integer', description: 'No media worker could take the listener.' })
  readonly unavailable!: number;
}

@ApiSchema({ name: 'StatusDisconnects' })
class StatusDisconnectsDto implements StatusDisconnects {
  @ApiProperty({ type: 'integer', description: 'Said goodbye.' })
  readonly left!: number;

  @ApiProperty({ type: 'integer', description: 'Answered, and never connected.' })
  readonly connect_timeout!: number;

  @ApiProperty({ type: 'integer', description: 'Answered, and came again by way of TURN.' })
  readonly no_direct_path!: number;

  @ApiProperty({ type: 'integer', description: 'Connected, and then fell silent.' })
  readonly silent!: number;

  @ApiProperty({ type: 'integer', description: 'ICE or DTLS failed.' })
  readonly failed!: number;

  @ApiProperty({ type: 'integer', description: 'The broadcast ended.' })
  readonly closed_by_relay!: number;

  @ApiProperty({ type: 'integer', description: 'The media worker died.' })
  readonly worker_lost!: number;

  @ApiProperty({ type: 'integer' })
  readonly shutdown!: number;
}

@ApiSchema({ name: 'StatusProcess' })
class StatusProcessDto implements StatusProcess {
  @ApiProperty({ type: 'integer', description: 'Resident memory of the main process in bytes.' })
  readonly rss!: number;

  @ApiProperty({ type: 'integer', description: 'Bytes.' })
  readonly heapUsed!: number;

  @ApiProperty({ description: 'Longest delay within the last second.' })
  readonly eventLoopLagMs!: number;
}

@ApiSchema({ name: 'StatusMediaWorker' })
class StatusMediaWorkerDto implements StatusMediaWorker {
  @ApiProperty({ type: 'integer' })
  readonly index!: number;

  @ApiProperty({ description: 'False while one that died is being replaced; true while an idle one is renewed.' })
  readonly ready!: boolean;

  @ApiProperty({ type: 'integer', nullable: true })
  readonly pid!: number | null;

  @ApiProperty({ type: [Number], description: 'None while it is being replaced or renewed.' })
  readonly udpPorts!: readonly number[];

  @ApiProperty({ type: 'integer', description: 'Since the server started.' })
  readonly restarts!: number;

  @ApiProperty({ type: 'integer' })
  readonly listeners!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'Of one core, within the last second.' })
  readonly cpuPercent!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Resident memory in bytes.' })
  readonly rss!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Longest delay within the last second.' })
  readonly eventLoopLagMs!: number | null;
}

/** docs/operations/status.schema.json is the same as JSON Schema; a test holds the two and the answer together. */
@ApiSchema({ name: 'Status' })
export class StatusDto implements Status {
  @ApiProperty({ type: String, format: 'date-time' })
  readonly timestamp!: string;

  @ApiProperty({ type: 'integer' })
  readonly uptimeSeconds!: number;

  @ApiProperty({ type: 'integer' })
  readonly activeBroadcastCount!: number;

  @ApiProperty({ type: [StatusBroadcastDto], description: 'By masjidId.' })
  readonly activeBroadcasts!: readonly StatusBroadcast[];

  @ApiProperty({ type: 'integer', description: 'Of all broadcasts.' })
  readonly totalConnectedListeners!: number;

  @ApiProperty({
    type: StatusJoinsDto,
    description: 'Listeners that asked to join since the server started, by result.',
  })
  readonly joins!: StatusJoins;

  @ApiProperty({ type: StatusDisconnectsDto, description: 'Listeners that ended since the server started, by reason.' })
  readonly listenerDisconnects!: StatusDisconnects;

  @ApiProperty({ type: StatusProcessDto })
  readonly process!: StatusProcess;

  @ApiProperty({ type: [StatusMediaWorkerDto], description: 'By index.' })
  readonly mediaWorkers!: readonly StatusMediaWorker[];

  @ApiProperty({ description: 'Of azaan-relay.', example: '1.0.0' })
  readonly version!: string;

  @ApiProperty({ description: 'Of Node.', example: 'v24.21.0' })
  readonly node!: string;

  @ApiProperty({ description: 'New broadcasts are refused, for maintenance.' })
  readonly draining!: boolean;
}
