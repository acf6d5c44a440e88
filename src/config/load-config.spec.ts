import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../test/support/config.js';
import { loadConfig } from './load-config.js';

const example = parseEnv(readFileSync('.env.example', 'utf8'));

function namesRead(): string[] {
  const names = new Set<string>();
  const record = (target: NodeJS.ProcessEnv, name: string | symbol) => {
    if (typeof name === 'string') names.add(name);
    return Reflect.get(target, name) as string | undefined;
  };
  loadConfig(new Proxy<NodeJS.ProcessEnv>({}, { get: record }));
  return [...names].sort();
}

describe('.env.example', () => {
  it('names exactly the variables that are read', () => {
    expect(Object.keys(example).sort()).toEqual(namesRead());
  });

  it('shows the defaults', () => {
    expect(loadConfig(example)).toEqual(loadConfig({}));
  });

  it('explains every variable on the line above it', () => {
    const lines = readFileSync('.env.example', 'utf8').split('\n');
    for (const name of Object.keys(example)) {
      const above = lines[lines.findIndex((line) => line.startsWith(`${name}=`)) - 1] ?? '';
      expect(above, name).toMatch(/^# [^-].{10,}\.$/);
    }
  });
});

describe('loadConfig', () => {
  it('is frozen all the way down', () => {
    const config = loadConfig({});
    const slices: unknown[] = Object.values(config);
    const parts = [config, ...slices, config.http.corsOrigins, config.media.publicIps];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('opens no media port to the network before a public address is given', () => {
    expect(loadConfig({}).media.bindAddress).toBe('127.0.0.1');
    expect(loadConfig({ PUBLIC_IP: '203.0.113.7' }).media.bindAddress).toBeUndefined();
    expect(loadConfig({ PUBLIC_IP: '203.0.113.7', MEDIA_BIND_ADDRESS: '10.0.0.4' }).media.bindAddress).toBe('10.0.0.4');
  });

  it('runs one media worker for each core, at most 16', () => {
    expect(loadConfig({}).media.workers).toBe(Math.min(availableParallelism(), 16));
    expect(loadConfig({ MEDIA_WORKERS: '3' }).media.workers).toBe(3);
  });

  it('reads lists with spaces and repetitions', () => {
    const config = loadConfig({
      PUBLIC_IP: '203.0.113.7, 2001:db8::7,203.0.113.7',
      CORS_ORIGINS: 'https://app.example.org, capacitor://localhost',
      METRICS_ALLOW_IPS: '10.0.0.0/8,2001:db8::/32',
    });
    expect(config.media.publicIps).toEqual(['203.0.113.7', '2001:db8::7']);
    expect(config.http.corsOrigins).toEqual(['https://app.example.org', 'capacitor://localhost']);
    expect(config.metrics.allowIps).toEqual(['10.0.0.0/8', '2001:db8::/32']);
  });

  it('keeps the grace period in milliseconds', () => {
    expect(loadConfig({ BROADCAST_GRACE_SECONDS: '5' }).media.broadcastGraceMs).toBe(5_000);
  });

  it('reads the addresses of a TURN server, and refuses them without a secret', () => {
    const urls = 'turn:turn.example.org:3478?transport=udp, turns:[2001:db8::7]:5349';
    expect(problemsOf({ TURN_URLS: urls })).toEqual([expect.stringMatching(/^TURN_SECRETS is missing/)]);
    expect(loadConfig({ TURN_URLS: urls, TURN_SECRETS: 'a'.repeat(32) }).turn.urls).toEqual(urls.split(', '));
  });

  it('says what is wrong with a variable and what would be right', () => {
    expect(problemsOf({ PORT: '70000' })).toEqual([
      'PORT="70000" is not valid: give a whole number from 0 to 65535 (default: 3000)',
    ]);
  });

  it('reports every bad variable at once', () => {
    const problems = problemsOf({ PORT: 'x', PUBLIC_IP: 'my-host', OPUS_PTIME_MS: '30', API_DOCS: 'yes' });
    expect(problems.map((line) => line.split('=')[0])).toEqual(['PORT', 'API_DOCS', 'PUBLIC_IP', 'OPUS_PTIME_MS']);
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['HOST', 'not a host'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PUBLIC_IP', '203.0.113.7,'],
    ['MEDIA_WORKERS', '0'],
    ['MEDIA_WORKERS', '17'],
    ['MEDIA_UDP_PORT_BASE', '65535'],
    ['MEDIA_BIND_ADDRESS', 'eth0'],
    ['CORS_ORIGINS', 'app.example.org'],
    ['CORS_ORIGINS', 'https://app.example.org/path'],
    ['CORS_ORIGINS', '*,https://app.example.org'],
    ['MAX_BROADCASTS', '0'],
    ['MAX_LISTENERS', 'many'],
    ['MAX_LISTENERS_PER_BROADCAST', '1e3'],
    ['MAX_CONNECTING_PER_ADDRESS', '0'],
    ['BROADCAST_GRACE_SECONDS', '-5'],
    ['PEER_CONNECT_TIMEOUT_MS', '10'],
    ['PEER_SILENCE_TIMEOUT_MS', 'never'],
    ['OPUS_MAX_BITRATE', '5999'],
    ['METRICS_ALLOW_IPS', '10.0.0.0/33'],
    ['METRICS_ALLOW_IPS', 'localhost'],
    ['STATUS_ALLOW_IPS', '10.0.0.0/8;10.1.0.0/16'],
    ['READY_MAX_LAG_MS', '0'],
    ['READY_MIN_MEMORY_MB', '64M'],
    ['READY_MIN_DISK_MB', '-1'],
    ['LOG_DIRECTORY', '/var/my log'],
    ['HTTP_HEADERS_TIMEOUT_MS', '0'],
    ['HTTP_REQUEST_TIMEOUT_MS', '20s'],
    ['RATE_LIMIT_CALLS_PER_MINUTE', '0'],
    ['RATE_LIMIT_JOINS_PER_MINUTE', 'unlimited'],
    ['RATE_LIMIT_BROADCASTS_PER_MINUTE', '-1'],
    ['BAN_AFTER_FAILURES', '0'],
    ['BAN_SECONDS', '0'],
    ['BAN_MAX_SECONDS', '1h'],
    ['TURN_URLS', 'turn.example.org'],
    ['TURN_URLS', 'turn:turn.example.org:3478?transport=sctp'],
    ['TURN_TTL_SECONDS', '1'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s with one line that names it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name}=`);
  });
});
