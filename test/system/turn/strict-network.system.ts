import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM, inboundAudio, launchBrowser, newSpiedContext } from '../../support/browser.js';
import { Daemon } from '../../support/daemon.js';
import { listen, untilHeard } from '../../support/pages.js';
import { TEST_JWT_KEYS } from '../../support/tokens.js';
import { Coturn } from '../support/coturn.js';
import { succeed } from '../support/machine.js';
import { SERVER_IP } from '../support/network.js';
import { DOMAIN } from '../support/nginx.js';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const IMPORTS = resolve(import.meta.dirname, '../../support/typescript-imports.mjs');
const BROADCASTER = resolve(import.meta.dirname, '../../support/tone-peer.process.ts');
const MASJID = 'an-noor';
/** Guest networks of offices and hotels: nothing but HTTPS. */
const HTTPS_ONLY = [
  ['-P', 'OUTPUT', 'DROP'],
  ['-P', 'INPUT', 'DROP'],
  ['-A', 'OUTPUT', '-p', 'tcp', '--dport', '443', '-j', 'ACCEPT'],
  ['-A', 'INPUT', '-p', 'tcp', '--sport', '443', '-j', 'ACCEPT'],
];

const resources = new AsyncDisposableStack();
let server: Coturn;
let browser: Browser;

beforeAll(async () => {
  server = resources.use(await Coturn.start({ PUBLIC_IP: SERVER_IP, JWT_KEYS: TEST_JWT_KEYS }));
  await startRelay();
  await server.runNginx();
  await startBroadcaster();
  for (const rule of HTTPS_ONLY) expect((await server.network.run('client', ['iptables', ...rule])).code).toBe(0);
  browser = await launchBrowser([], await chromiumOfClient());
  resources.defer(() => browser.close());
});
afterAll(() => resources.disposeAsync());

/** As production starts it: everything that it knows is in the rendered file. */
async function startRelay(): Promise<void> {
  const env = ['env', '-i', `ENV_FILE=${server.machine.path('etc/azaan/relay.env')}`];
  await server.run([...env, process.execPath, join(REPOSITORY, 'dist/main.js')], 'tcp:3000');
}

/** On the server's side of the cable, where nothing is blocked. */
async function startBroadcaster(): Promise<void> {
  const peer = [process.execPath, '--import', IMPORTS, BROADCASTER];
  const command = server.network.on('server', ...peer, 'broadcast', 'http://127.0.0.1:3000', MASJID, '1000');
  resources.use(await Daemon.start(command, async ({ output }) => output.includes('connected')));
}

/** A program that starts Chromium behind the cable, with the server's certificate among those that it trusts. */
async function chromiumOfClient(): Promise<string> {
  const { machine, network } = server;
  const home = machine.path('home');
  const database = ['-d', `sql:${join(home, '.pki/nssdb')}`];
  await mkdir(join(home, '.pki/nssdb'), { recursive: true });
  await succeed('certutil', ['-N', ...database, '--empty-password']);
  const certificate = machine.path('etc/azaan/turn-tls/fullchain.pem');
  await succeed('certutil', ['-A', ...database, '-n', 'the server', '-t', 'CP,,', '-i', certificate]);
  const program = machine.path('chromium');
  const command = network.on('client', 'env', `HOME=${home}`, CHROMIUM).join(' ');
  await writeFile(program, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return program;
}

it('a listener in a network that passes nothing but HTTPS hears the broadcast through TURN on 443', async () => {
  const context = await newSpiedContext(browser);
  await context.addInitScript({ path: join(import.meta.dirname, 'selected-candidates.js') });
  const page = await listen(context, `https://${DOMAIN}`, MASJID);
  const before = await untilHeard(page, 10);
  const heard = await untilHeard(page, 50);

  expect(await page.evaluate('window.selectedCandidateTypes()')).toEqual(['relay over tls']);
  expect(heard.totalAudioEnergy).toBeGreaterThan(before.totalAudioEnergy);
  const samples = heard.totalSamplesReceived - before.totalSamplesReceived;
  expect((heard.concealedSamples - before.concealedSamples) / samples).toBeLessThan(0.05);
  expect((await inboundAudio(page))?.packetsLost).toBe(0);
});
