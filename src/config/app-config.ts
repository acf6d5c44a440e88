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
  readonly rates: RatesConfig;
  readonly bans: BansConfig;
  readonly turn: TurnConfig;
  readonly metrics: MetricsConfig;
  readonly status: StatusConfig;
  readonly readiness: ReadinessConfig;
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
  /** A call whose headers are not in after this long is cut off. */
  readonly headersTimeoutMs: number;
  /** A call that is not in as a whole after this long is cut off. */
  readonly requestTimeoutMs: number;
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
  /** UDP port of the first worker, whose number each further one adds; 0 lets the system choose them. */
  readonly udpPortBase: number;
  /** Local address that media sockets bind to; undefined binds every interface. */
  readonly bindAddress: string | undefined;
  /** Addresses announced in answers before the local ones: the public side of a one-to-one NAT. */
  readonly publicIps: readonly string[];
  /** A peer that is not connected this long after its offer is closed. */
  readonly peerConnectTimeoutMs: number;
  /** A connected peer that sent nothing authentic for this long has withdrawn its consent (RFC 7675). */
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
  /** Listeners of one address that have their answer and are not connected yet. */
  readonly maxConnectingPerAddress: number;
}

/** Calls a minute that one address may make; an IPv6 address stands for its /64. */
export interface RatesConfig {
  /** All calls together, before anything of them is read. */
  readonly calls: number;
  /** `POST /consumer` for a broadcast that there is. */
  readonly joins: number;
  /** `POST /broadcast`, for each masjid. */
  readonly broadcasts: number;
  /** `GET /broadcast`. */
  readonly lists: number;
  /** `POST /auth/token`. */
  readonly tokens: number;
}

/** When a client that fails again and again is refused for a while. */
export interface BansConfig {
  /** Failures within a minute that begin a ban. */
  readonly afterFailures: number;
  /** Length of the first ban; each further one is twice as long. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface TurnConfig {
  /** `turn:` and `turns:` URIs (RFC 7065) that clients may relay through; empty means none. */
  readonly urls: readonly string[];
  /** Life of a credential. */
  readonly ttlSeconds: number;
}

export interface MetricsConfig {
  /** Addresses or CIDR ranges that may read `/metrics`; loopback by default. */
  readonly allowIps: readonly string[];
}

export interface StatusConfig {
  /** Addresses or CIDR ranges that may read `/status` without a token; empty by default. */
  readonly allowIps: readonly string[];
}

/** What `/readyz` asks of the machine. */
export interface ReadinessConfig {
  /** Delay of the event loop that may not last for seconds. */
  readonly maxEventLoopLagMs: number;
  /** Memory that must be available. */
  readonly minMemoryBytes: number;
  /** Where the logs are written to. */
  readonly logDirectory: string;
  /** Disk space that must be free there. */
  readonly minDiskBytes: number;
}
