import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { IceServer, IceServers } from './ice.service.js';

/** How one TURN server looks in the API documentation. */
@ApiSchema({ name: 'IceServer' })
class IceServerDto implements IceServer {
  @ApiProperty({ type: [String], example: ['turn:turn.example.org:3478?transport=udp'] })
  readonly urls!: readonly string[];

  /** Expiry in Unix seconds, and an opaque id. @example 1796000000:Zk3s9… */
  readonly username!: string;

  /** @example mC0yv6…= */
  readonly credential!: string;
}

@ApiSchema({ name: 'IceServers' })
export class IceServersDto implements IceServers {
  /** Empty when there is no TURN server. */
  @ApiProperty({ type: [IceServerDto] })
  readonly iceServers!: readonly IceServer[];

  /** Seconds after which to ask again. @example 3600 */
  readonly ttl!: number;
}
