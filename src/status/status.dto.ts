import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { PeerCloseReason } from '../relay/media-protocol.js';
import type { BroadcastState, ClientLabel, JoinResult, PeerState } from '../relay/relay.types.js';

const Count = (): PropertyDecorator => ApiProperty({ type: 'integer', minimum: 0 });
const Amount = (): PropertyDecorator => ApiProperty({ minimum: 0 });
/** ISO 8601 in UTC, as `Date` writes it. */
const Time = (): PropertyDecorator =>
  ApiProperty({ format: 'date-time', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` });

@ApiSchema({ name: 'StatusBroadcast' })
class StatusBroadcastDto {
  /** The connectionID as text: what tokens and metrics name. */
  @ApiProperty({ minLength: 1, maxLength: 128, example: 'masjid-an-noor' })
  readonly masjidId!: string;

  /** As the broadcaster sent it. */
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }] })
  readonly connectionID!: ClientLabel;

  @Time() readonly startedAt!: string;

  /** Listeners whose connection is made. */
  @Count() readonly listenerCount!: number;

  /** Of the broadcaster. */
  readonly adminConnectionState!: PeerState;

  readonly state!: Exclude<BroadcastState, 'ended'>;

  /** Last packet of the broadcaster; null before the first. */
  @Time() readonly lastSeenAt!: string | null;

  /** Loudest packet of the last second (RFC 6464), -127 being silence; null when the sender tells no level. */
  @ApiProperty({ type: 'integer', minimum: -127, maximum: 0 })
  readonly audioLevelDbov!: number | null;

  /** Silence is judged by the size of packets, because the sender tells no level. */
  readonly levelEstimated!: boolean;

  /** Whole seconds without sound, with packets or without; 0 while it sounds. */
  @Count() readonly silentForSeconds!: number;

  /** From the broadcaster, over the last seconds. */
  @Amount() readonly packetsPerSecond!: number | null;

  /** Of the sound alone, in bit/s. */
  @Count() readonly bitrate!: number | null;

  /** Lost between broadcaster and relay. */
  @ApiProperty({ minimum: 0, maximum: 100 })
  readonly lossPercent!: number | null;

  /** Listeners that were refused or never connected, since it began. */
  @Count() readonly joinFailures!: number;
}

@ApiSchema({ name: 'StatusJoins' })
class StatusJoinsDto implements Readonly<Record<JoinResult, number>> {
  /** Answered. */
  @Count() readonly ok!: number;

  /** Asked before the broadcast began, which is no failure. */
  @Count() readonly no_broadcast!: number;

  /** Refused for the offer. */
  @Count() readonly bad_offer!: number;

  /** Refused because a limit of the server or the broadcast was reached. */
  @Count() readonly capacity!: number;

  /** Refused because too many listeners of its address were connecting. */
  @Count() readonly address_limit!: number;

  /** No media worker could take the listener. */
  @Count() readonly unavailable!: number;
}

@ApiSchema({ name: 'StatusDisconnects' })
class StatusDisconnectsDto implements Readonly<Record<PeerCloseReason, number>> {
  /** Said goodbye. */
  @Count() readonly left!: number;

  /** Answered, and never connected. */
  @Count() readonly connect_timeout!: number;

  /** Answered, and came again by way of TURN. */
  @Count() readonly no_direct_path!: number;

  /** Connected, and then fell silent. */
  @Count() readonly silent!: number;

  /** ICE or DTLS failed. */
  @Count() readonly failed!: number;

  /** The broadcast ended. */
  @Count() readonly closed_by_relay!: number;

  /** The media worker died. */
  @Count() readonly worker_lost!: number;

  @Count() readonly shutdown!: number;
}

@ApiSchema({ name: 'StatusProcess' })
class StatusProcessDto {
  /** Resident memory of the main process in bytes. */
  @Count() readonly rss!: number;

  /** Bytes. */
  @Count() readonly heapUsed!: number;

  /** Longest delay within the last second. */
  @Amount() readonly eventLoopLagMs!: number;
}

@ApiSchema({ name: 'StatusMediaWorker' })
class StatusMediaWorkerDto {
  @Count() readonly index!: number;

  /** False while one that died is being replaced. */
  readonly ready!: boolean;

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly pid!: number | null;

  /** One; none while it is being replaced. */
  @ApiProperty({ type: 'array', items: { type: 'integer', minimum: 1, maximum: 65_535 } })
  readonly udpPorts!: readonly number[];

  /** Since the server started. */
  @Count() readonly restarts!: number;

  @Count() readonly listeners!: number;

  /** Of one core, within the last second. */
  @Amount() readonly cpuPercent!: number | null;

  /** Resident memory in bytes. */
  @Count() readonly rss!: number | null;

  /** Longest delay within the last second. */
  @Amount() readonly eventLoopLagMs!: number | null;
}

/** What `GET /status` answers; null is "not known". docs/operations/status.schema.json is made from it by a test. */
@ApiSchema({ name: 'Status' })
export class StatusDto {
  @Time() readonly timestamp!: string;

  @Count() readonly uptimeSeconds!: number;

  @Count() readonly activeBroadcastCount!: number;

  /** By masjidId. */
  @ApiProperty({ type: [StatusBroadcastDto] })
  readonly activeBroadcasts!: readonly StatusBroadcastDto[];

  /** Of all broadcasts. */
  @Count() readonly totalConnectedListeners!: number;

  /** Listeners that asked to join since the server started, by result. */
  readonly joins!: StatusJoinsDto;

  /** Listeners that ended since the server started, by reason. */
  readonly listenerDisconnects!: StatusDisconnectsDto;

  readonly process!: StatusProcessDto;

  /** By index. */
  @ApiProperty({ type: [StatusMediaWorkerDto] })
  readonly mediaWorkers!: readonly StatusMediaWorkerDto[];

  /** Of azaan-relay. @example 1.0.0 */
  readonly version!: string;

  /** Of Node. @example v24.21.0 */
  readonly node!: string;

  /** New broadcasts are refused, for maintenance. */
  readonly draining!: boolean;
}

type Data<T> = T extends object ? { readonly [Key in keyof T]: Data<T[Key]> } : T;

export type Status = Data<StatusDto>;
export type StatusBroadcast = Status['activeBroadcasts'][number];
export type StatusMediaWorker = Status['mediaWorkers'][number];
