import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INFRA } from '../support/machine.js';

const LOG_FILE = '/var/log/azaan/relay.log';
const LINE = JSON.stringify({
  level: 'info',
  time: '2026-11-23T18:05:00.000Z',
  requestId: 'r-1',
  msg: 'request completed',
});

let resources: AsyncDisposableStack;
let folder: string;

beforeEach(async () => {
  resources = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'logs-'));
  resources.defer(() => rm(folder, { recursive: true }));
});
afterEach(() => resources.disposeAsync());

/** Collects what comes, on a port of the system's choice or a given one. */
async function startCollector(port = 0): Promise<{ port: number; text(): string; close(): Promise<void> }> {
  let text = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => (text += chunk.toString()));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  resources.defer(close);
  return { port: (server.address() as AddressInfo).port, text: () => text, close };
}

/** The production configuration, with other paths and another collector. */
async function startRsyslog(port: number): Promise<string> {
  const log = join(folder, 'relay.log');
  await writeFile(log, '');
  const production = await readFile(join(INFRA, 'parts/logs/shipping/rsyslog.conf'), 'utf8');
  const configuration = production
    .replaceAll(LOG_FILE, log)
    .replaceAll('LOG_HOST', '127.0.0.1')
    .replaceAll('LOG_PORT', String(port))
    .replace('resumeInterval="10"', 'resumeInterval="1"');
  const file = join(folder, 'rsyslog.conf');
  await writeFile(file, `global(workDirectory="${folder}")\n${configuration}`);
  const rsyslog = spawn('rsyslogd', ['-n', '-f', file, '-i', join(folder, 'pid')], { stdio: 'ignore' });
  const closed = once(rsyslog, 'close');
  resources.defer(async () => {
    rsyslog.kill('SIGTERM');
    await closed;
  });
  return log;
}

it('rsyslog sends every line of the relay on, as it is', async () => {
  const collector = await startCollector();
  const log = await startRsyslog(collector.port);
  await appendFile(log, `${LINE}\n`);
  await expect.poll(collector.text, { timeout: 15_000 }).toContain(LINE);
  expect(collector.text()).toMatch(/^<134>1 \S+ \S+ azaan-relay - - - \{/);
});

it('rsyslog keeps what it could not send until somebody takes it', async () => {
  const first = await startCollector();
  await first.close();
  const log = await startRsyslog(first.port);
  await appendFile(log, `${LINE}\n`);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const second = await startCollector(first.port);
  await expect.poll(second.text, { timeout: 30_000 }).toContain(LINE);
});

it('Loki keeps two weeks, and deletes what is older', async () => {
  const loki = await readFile(join(INFRA, 'parts/logs/shipping/loki.yml'), 'utf8');
  expect(loki).toMatch(/^ {2}retention_period: 336h$/m);
  expect(loki).toMatch(/^ {2}retention_enabled: true$/m);
});
