import type { Secrets } from './secrets.js';

/** The whole configuration of a server: made once by `loadConfig`, frozen, and injected in slices. */
export interface AppConfig {
  readonly environment: 'production' | 'development' | 'test';
  readonly http: HttpConfig;
  readonly log: LogConfig;
  readonly auth: AuthConfig;
  /** As they were at the start; `SecretsService` has those in force. */
  readonly secrets: Secrets;
  readonly media: MediaConfig;
  readonly opus: OpusConfig;
  readonly limits: LimitsConfig;
  readonly metrics: MetricsConfig;
}

export interface HttpConfig {
  /** Address to listen on; loopback by default, because nginx stands in front. */
  readonly host: string;
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Origins that browsers may call from; empty means same origin only, `*` means any. */
  readonly corsOrigins: readonly string[];
  /** Whether `/docs` and `/docs-json` are served. */
  readonly docs: boolean;
}

export interface LogConfig {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export interface AuthConfig {
  /** `iss` of the tokens that this server signs, and of all others whose key names no issuer of its own. */
  readonly issuer: string;
  /** `aud` that every token must have. */
  readonly audience: string;
  /** Whether listeners need a token. */
  readonly listenerAuth: 'open' | 'token';
  /** Longest life of a broadcaster or listener token. */
  readonly maxTokenTtlSeconds: number;
}

export interface MediaConfig {
  /** Number of media worker processes, 1–16. */
  readonly workers: number;
  /** Worker `i` listens on UDP port `base + i`; 0 lets the system choose for each. */
  readonly udpPortBase: number;
  /** Local address that media sockets bind to; undefined binds every interface. */
  readonly bindAddress: string | undefined;
  /** Addresses announced in answers before the local ones: the public side of a one-to-one NAT. */
  readonly publicIps: readonly string[];
  /** A peer that is not connected this long after its offer is closed. */
  readonly peerConnectTimeoutMs: number;
  /** A connected peer that sent nothing for this long is taken for dead. */
  readonly peerSilenceTimeoutMs: number;
  /** How long a broadcast keeps its listeners while its broadcaster is away. */
  readonly broadcastGraceMs: number;
}

export interface OpusConfig {
  /** Packet duration asked of broadcasters, in milliseconds (RFC 7587 `a=ptime`). */
  readonly ptimeMs: number;
  /** Bit rate asked of broadcasters, in bit/s (RFC 7587 `maxaveragebitrate`). */
  readonly maxBitrate: number;
}

export interface LimitsConfig {
  readonly maxBroadcasts: number;
  readonly maxListeners: number;
  readonly maxListenersPerBroadcast: number;
}

export interface MetricsConfig {
  /** Addresses or CIDR ranges that may read `/metrics`; loopback by default. */
  readonly allowIps: readonly string[];
}
