import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, newSpiedContext } from '../../support/browser.js';
import { RelayScene } from '../../support/relay-scene.js';
import { listen, untilHeard } from '../../support/pages.js';
import { startServer, type TestServer } from '../../support/server.js';
import { TurnServer, type TurnCredentials } from '../../support/turn-server.js';

const OLD = 'old-secret-that-coturn-knows';
const NEW = 'new-secret-that-coturn-knows';
const NOTHING_BACK = { sent: 0, back: 0 };

const sign = (username: string, secret: string): TurnCredentials => ({
  username,
  credential: createHmac('sha1', secret).update(username).digest('base64'),
});

async function credentialsOf(server: TestServer): Promise<TurnCredentials> {
  const answer = await request(server.url).get('/ice-servers').expect(200);
  return (answer.body as { readonly iceServers: readonly [TurnCredentials] }).iceServers[0];
}

interface Signer extends AsyncDisposable {
  readonly server: TestServer;
  readonly rotate: (...secrets: string[]) => Promise<void>;
}

let turn: TurnServer;
let folder: string;

beforeAll(async () => {
  turn = await TurnServer.start([OLD, NEW]);
});
afterAll(() => turn[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azaan-env-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A server that signs with the first of these secrets, and a way to change them while it runs. */
async function startSigner(...secrets: string[]): Promise<Signer> {
  const file = join(folder, 'secrets.env');
  const write = (...values: string[]) => writeFile(file, `TURN_SECRETS=${values.join(',')}\n`);
  await write(...secrets);
  const server = await startServer({ MEDIA_WORKERS: '1', TURN_URLS: turn.urls.join(','), ENV_FILE: file });
  const rotate = async (...values: string[]): Promise<void> => {
    await write(...values);
    const reloads = () => server.logs().filter((line) => line.includes('keys and secrets were read again')).length;
    const before = reloads();
    process.kill(server.pid, 'SIGHUP');
    await expect.poll(reloads).toBe(before + 1);
  };
  return { server, rotate, [Symbol.asyncDispose]: () => server.close() };
}

describe('the TURN credential of the server, at a real coturn', () => {
  it.each(['udp', 'tcp'] as const)('relays over %s', async (transport) => {
    await using signer = await startSigner(OLD);
    const { server } = signer;
    const { sent, back } = await turn.relay(transport, await credentialsOf(server));
    expect(sent).toBeGreaterThan(0);
    expect(back).toBe(sent);
  });

  it('relays with the old and the new secret while they rotate', async () => {
    await using signer = await startSigner(OLD);
    const { server, rotate } = signer;
    const before = await credentialsOf(server);
    await rotate(NEW, OLD);
    const after = await credentialsOf(server);
    expect(after).toMatchObject(sign(after.username, NEW));
    for (const credentials of [before, after]) {
      const { sent, back } = await turn.relay('udp', credentials);
      expect(sent).toBeGreaterThan(0);
      expect(back).toBe(sent);
    }
  });

  it('does not relay once it has expired, with a later expiry put in, or signed by somebody else', async () => {
    await using signer = await startSigner(OLD);
    const { server } = signer;
    const { username, credential } = await credentialsOf(server);
    const [expiry, client] = username.split(':');
    const past = Math.floor(Date.now() / 1_000) - 5;
    expect(await turn.relay('udp', sign(`${past}:${client}`, OLD)), 'expired').toEqual(NOTHING_BACK);
    const later = `${Number(expiry) + 3_600}:${client}`;
    expect(await turn.relay('udp', { username: later, credential }), 'prolonged').toEqual(NOTHING_BACK);
    expect(await turn.relay('udp', sign(username, 'a secret of somebody else')), 'forged').toEqual(NOTHING_BACK);
  });
});

describe('the listener page, where only TURN gets through', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ['udp', 0],
    ['tcp', 1],
  ] as const)('hears the broadcast through coturn over %s', async (transport, index) => {
    await using scene = await RelayScene.start({ TURN_URLS: turn.urls[index], TURN_SECRETS: OLD });
    await scene.broadcaster();
    const context = await newSpiedContext(browser);
    try {
      for (const script of ['relay-only.js', 'selected-candidates.js']) {
        await context.addInitScript({ path: join(import.meta.dirname, script) });
      }
      const page = await listen(context, scene.server.url, scene.masjid);
      const heard = await untilHeard(page, 50);
      expect(heard.totalAudioEnergy).toBeGreaterThan(0);
      expect(await page.evaluate('window.selectedCandidateTypes()')).toEqual([`relay over ${transport}`]);
    } finally {
      await context.close();
    }
  });
});
