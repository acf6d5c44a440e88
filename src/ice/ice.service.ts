import { Injectable } from '@nestjs/common';
import { addressKey } from '../caller/address-key.js';
import type { Caller } from '../caller/caller.js';
import type { TurnConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { SecretsService } from '../config/secrets.js';
import { turnClientId, turnCredential, type TurnCredential } from './turn-credential.js';

/** An `RTCIceServer` (W3C WebRTC, 4.2.1), as it goes into `new RTCPeerConnection({ iceServers })`. */
export interface IceServer extends TurnCredential {
  readonly urls: readonly string[];
}

export interface IceServers {
  readonly iceServers: readonly IceServer[];
  /** Seconds that they are good for. */
  readonly ttl: number;
}

@Injectable()
export class IceService {
  constructor(
    @InjectConfig('turn') private readonly turn: TurnConfig,
    private readonly secrets: SecretsService,
  ) {}

  /** TURN servers with a credential of this caller's; none when there is no TURN server. */
  serversFor({ actor, address }: Caller): IceServers {
    const { urls, ttlSeconds } = this.turn;
    const [secret] = this.secrets.turnSecrets;
    if (urls.length === 0 || secret === undefined) return { iceServers: [], ttl: ttlSeconds };
    const client = actor === undefined ? `address ${addressKey(address)}` : `subject ${actor.sub}`;
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + ttlSeconds;
    const credential = turnCredential(secret, turnClientId(secret, client), expiresAtSeconds);
    return { iceServers: [{ urls, ...credential }], ttl: ttlSeconds };
  }
}
