import { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { AppConfig, BansConfig, MediaConfig, RatesConfig, ReadinessConfig, TurnConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { EnvReader } from './env-reader.js';
import { MEDIA_PORTS } from './media-ports.js';
import { readSecrets } from './read-secrets.js';

const MAX_PORT = 65_535;
const BYTES_PER_MB = 1024 * 1024;

/**
 * Turns environment variables into the configuration: validated as a whole, deep-frozen.
 *
 * @param options.refuseUnknown where `env` holds nothing but variables of the server
 * @throws ConfigError with one line for every bad variable
 */
export function loadConfig(env: NodeJS.ProcessEnv, { refuseUnknown = false } = {}): AppConfig {
  const reader = new EnvReader(env);
  const environment = reader.oneOf('NODE_ENV', ['production', 'development', 'test'], 'development');
  const config: AppConfig = {
    environment,
    http: {
      host: reader.host('HOST', '127.0.0.1'),
      port: reader.integer('PORT', { min: 0, max: MAX_PORT }, 3000),
      corsOrigins: reader.origins('CORS_ORIGINS'),
      docs: reader.boolean('API_DOCS', true),
      headersTimeoutMs: reader.integer('HTTP_HEADERS_TIMEOUT_MS', { min: 100, max: 120_000 }, 10_000),
      requestTimeoutMs: reader.integer('HTTP_REQUEST_TIMEOUT_MS', { min: 100, max: 120_000 }, 20_000),
    },
    log: {
      level: reader.oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
    },
    auth: {
      issuer: reader.text('JWT_ISSUER', 'azaan-relay'),
      audience: reader.text('JWT_AUDIENCE', 'azaan-relay'),
      listenerAuth: reader.oneOf('LISTENER_AUTH', ['open', 'token'], 'open'),
      maxTokenTtlSeconds: reader.integer('TOKEN_MAX_TTL_SECONDS', { min: 60, max: 31_536_000 }, 86_400),
    },
    secrets: readSecrets(reader, environment),
    media: loadMedia(reader),
    opus: {
      ptimeMs: reader.integerOneOf('OPUS_PTIME_MS', [10, 20, 40, 60, 80, 100, 120], 60),
      maxBitrate: reader.integer('OPUS_MAX_BITRATE', { min: 6_000, max: 510_000 }, 24_000),
    },
    limits: {
      maxBroadcasts: reader.integer('MAX_BROADCASTS', { min: 1, max: 10_000 }, 50),
      maxListeners: reader.integer('MAX_LISTENERS', { min: 1, max: 1_000_000 }, 5_000),
      maxListenersPerBroadcast: reader.integer('MAX_LISTENERS_PER_BROADCAST', { min: 1, max: 1_000_000 }, 5_000),
      maxConnectingPerAddress: reader.integer('MAX_CONNECTING_PER_ADDRESS', { min: 1, max: 1_000_000 }, 200),
    },
    rates: loadRates(reader),
    bans: loadBans(reader),
    turn: loadTurn(reader),
    metrics: { allowIps: reader.ipRanges('METRICS_ALLOW_IPS', ['127.0.0.0/8', '::1']) },
    status: { allowIps: reader.ipRanges('STATUS_ALLOW_IPS', []) },
    readiness: loadReadiness(reader),
  };
  if (config.turn.urls.length > 0 && config.secrets.turnSecrets.length === 0) {
    reader.problems.push('TURN_SECRETS is missing: TURN_URLS needs the secret that coturn has as static-auth-secret');
  }
  if (refuseUnknown) {
    reader.problems.push(...reader.unread.map((name) => `${name} is no variable of the server: .env.example has all`));
  }
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return deepFreeze(config);
}

function loadMedia(reader: EnvReader): MediaConfig {
  const cores = Math.min(Math.max(availableParallelism(), 1), MEDIA_PORTS);
  const workers = reader.integer('MEDIA_WORKERS', { min: 1, max: MEDIA_PORTS }, cores);
  // Worker i listens on base + i, so the highest port must exist too.
  const udpPortBase = reader.integer('MEDIA_UDP_PORT_BASE', { min: 0, max: MAX_PORT - MEDIA_PORTS + 1 }, 49_152);
  const publicIps = reader.ips('PUBLIC_IP');
  return {
    workers,
    udpPortBase,
    // Without a public address this is somebody's own machine: nothing of it is opened to the network.
    bindAddress: reader.ip('MEDIA_BIND_ADDRESS', publicIps.length > 0 ? undefined : '127.0.0.1'),
    publicIps,
    peerConnectTimeoutMs: reader.integer('PEER_CONNECT_TIMEOUT_MS', { min: 1_000, max: 120_000 }, 15_000),
    // Consent is asked for every 4 to 6 s (RFC 7675, 5.1): with less, one check that is lost would cost a peer its connection.
    peerSilenceTimeoutMs: reader.integer('PEER_SILENCE_TIMEOUT_MS', { min: 9_000, max: 120_000 }, 30_000),
    broadcastGraceMs: reader.integer('BROADCAST_GRACE_SECONDS', { min: 0, max: 3_600 }, 30) * 1_000,
  };
}

function loadRates(reader: EnvReader): RatesConfig {
  const perMinute = (name: string, fallback: number) =>
    reader.integer(`RATE_LIMIT_${name}_PER_MINUTE`, { min: 1, max: 1_000_000 }, fallback);
  return {
    calls: perMinute('CALLS', 12_000),
    joins: perMinute('JOINS', 600),
    broadcasts: perMinute('BROADCASTS', 10),
    lists: perMinute('LISTS', 600),
    tokens: perMinute('TOKENS', 60),
  };
}

function loadBans(reader: EnvReader): BansConfig {
  const seconds = { min: 1, max: 86_400 };
  return {
    afterFailures: reader.integer('BAN_AFTER_FAILURES', { min: 1, max: 10_000 }, 10),
    firstMs: reader.integer('BAN_SECONDS', seconds, 60) * 1_000,
    longestMs: reader.integer('BAN_MAX_SECONDS', seconds, 900) * 1_000,
  };
}

function loadTurn(reader: EnvReader): TurnConfig {
  return {
    urls: reader.turnUrls('TURN_URLS'),
    ttlSeconds: reader.integer('TURN_TTL_SECONDS', { min: 60, max: 86_400 }, 3_600),
  };
}

function loadReadiness(reader: EnvReader): ReadinessConfig {
  const megabytes = { min: 0, max: 1_000_000 };
  return {
    maxEventLoopLagMs: reader.integer('READY_MAX_LAG_MS', { min: 10, max: 60_000 }, 500),
    minMemoryBytes: reader.integer('READY_MIN_MEMORY_MB', megabytes, 64) * BYTES_PER_MB,
    logDirectory: reader.text('LOG_DIRECTORY', '/var/log'),
    minDiskBytes: reader.integer('READY_MIN_DISK_MB', megabytes, 200) * BYTES_PER_MB,
  };
}

function deepFreeze<T extends object>(value: T): T {
  // Key objects cannot be changed, and keep a cache in themselves.
  if (value instanceof KeyObject) return value;
  for (const child of Object.values(value) as unknown[]) {
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
