import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { broadcast as begin } from '../support/calls.js';
import { Command } from '../support/command.js';
import { end, listen } from '../support/loopback.js';
import { RelayScene } from '../support/relay-scene.js';
import { startServer } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

const ROOT = join(import.meta.dirname, '../..');
const MELODY = join(ROOT, 'assets/melody.opus');
/** Two pages of headers come first; opusenc puts 16 packets of 60 ms in each that follows. */
const SHORT_PAGES = 3;
const SHORT_PACKETS = 16 * SHORT_PAGES;
const RECEIVED = 'azaan_rtp_packets_total{direction="in"}';
const EVENTUALLY = { timeout: 20_000, interval: 50 };

/** Where page `count` of an Ogg file ends: it may be cut there. */
function endOfPage(ogg: Buffer, count: number): number {
  let end = 0;
  for (let page = 0; page < count; page++) end = ogg.indexOf('OggS', end + 1);
  return end;
}

const broadcast = (parameters: readonly string[], env: Record<string, string> = {}) =>
  new Command('broadcast', parameters, { env });

/** A muezzin whose phone is this command, with the right token. */
async function speaking({ server, masjid }: RelayScene, file: string, ...options: string[]): Promise<Command> {
  const token = (await broadcasterOf(masjid)).replace('Bearer ', '');
  return broadcast(['--file', file, '--masjid', masjid, '--url', server.url, ...options], { AZAAN_TOKEN: token });
}

describe('npm run broadcast', () => {
  let directory: string;
  let short: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'broadcast-'));
    short = join(directory, 'short.opus');
    const melody = await readFile(MELODY);
    await writeFile(short, melody.subarray(0, endOfPage(melody, 2 + SHORT_PAGES)));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is heard by a libwebrtc peer, under the masjid id and with the token from the environment', async () => {
    await using scene = await RelayScene.start();
    await using command = await speaking(scene, MELODY);
    const listener = await vi.waitFor(() => scene.listener(), EVENTUALLY);
    await vi.waitFor(async () => expect(await listener.energy()).toBeGreaterThan(0.01), EVENTUALLY);

    command.interrupt();
    expect(await command.exit).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Stopped.') as string });
  });

  it('sends the packets of the file one by one and ends with it', async () => {
    await using scene = await RelayScene.start();
    await using command = await speaking(scene, short);
    const { code, out } = await command.exit;
    expect(out).toContain('Played to the end.');
    expect(code).toBe(0);
    await vi.waitFor(async () => expect(await scene.metric(RECEIVED)).toBe(SHORT_PACKETS), EVENTUALLY);
  });

  it('begins anew at the end with --loop, over the same connection', async () => {
    await using scene = await RelayScene.start();
    await using command = await speaking(scene, short, '--loop');
    await vi.waitFor(async () => expect(await scene.metric(RECEIVED)).toBeGreaterThan(SHORT_PACKETS + 10), EVENTUALLY);
    command.interrupt();
    expect((await command.exit).code).toBe(0);
    expect(scene.server.records('"route":"/broadcast"')).toHaveLength(1);
  });

  it('connects again under the same masjid id when the server goes and comes back', async () => {
    const first = await RelayScene.start();
    await using command = await speaking(first, MELODY, '--loop');
    await vi.waitFor(() => expect(first.changesTo('live')).toBe(1), EVENTUALLY);
    await first.server.close();
    await using second = await RelayScene.start({ PORT: new URL(first.server.url).port });
    await vi.waitFor(() => expect(second.changesTo('live')).toBe(1), EVENTUALLY);
    expect(Object.keys(await second.broadcasts())).toEqual([second.masjid]);
    command.interrupt();
    expect((await command.exit).code).toBe(0);
  });

  it('gives way to another device that takes the broadcast over, and exits 1', async () => {
    await using scene = await RelayScene.start();
    await using first = await speaking(scene, MELODY);
    await vi.waitFor(() => expect(scene.changesTo('live')).toBe(1), EVENTUALLY);
    await using second = await speaking(scene, MELODY);
    expect(await first.exit).toMatchObject({ code: 1, err: `Another device broadcasts for ${scene.masjid} now.\n` });
    // It had listened for a moment, and said so when it went: consent would have kept it for 30 s.
    const left = 'azaan_peer_disconnects_total{role="listener",reason="left"}';
    await vi.waitFor(async () => expect(await scene.metric(left)).toBe(1), EVENTUALLY);
    second.interrupt();
    expect((await second.exit).code).toBe(0);
  });

  it('waits as long as a busy server asks, and tries again', async () => {
    await using scene = await RelayScene.start({ RATE_LIMIT_BROADCASTS_PER_MINUTE: '6' });
    const { server, masjid } = scene;
    let status = 200;
    while (status === 200) ({ status } = await begin(server, masjid));
    await using command = await speaking(scene, MELODY);
    await vi.waitFor(() => expect(scene.changesTo('live')).toBe(1), EVENTUALLY);
    command.interrupt();
    expect((await command.exit).code).toBe(0);
    // One of them is that of this test.
    expect(await scene.metric('azaan_http_refusals_total{route="/broadcast",code="rate_limited"}')).toBe(2);
  });

  it('says in one line why a server refuses, and exits 1', async () => {
    await using server = await startServer();
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', server.url]);
    const { code, err } = await command.exit;
    expect(code).toBe(1);
    const hint = 'Is AZAAN_TOKEN set, and still valid?';
    expect(err).toMatch(
      new RegExp(`^${server.url} refused the broadcast \\(401\\): [^\\n]+\\. ${hint.replace('?', '\\?')}\\n$`),
    );
  });

  it('says in one line that nobody answers at the URL, and exits 1', async () => {
    const nobody = createServer();
    const url = `http://127.0.0.1:${await listen(nobody)}`;
    await end(nobody);
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', url]);
    expect(await command.exit).toMatchObject({ code: 1, err: `${url} cannot be reached (nothing listens there).\n` });
  });

  it('says in one line that a file is no Ogg Opus, and exits 1', async () => {
    const wav = join(directory, 'azaan.wav');
    await writeFile(wav, 'RIFF\0\0\0\0WAVEfmt ');
    await using command = broadcast(['--file', wav, '--masjid', 'noor']);
    const { code, err } = await command.exit;
    expect(code).toBe(1);
    expect(err).toMatch(/^azaan\.wav is not an Ogg Opus file \(it begins like WAV\)\. Convert it: opusenc .*\n$/);
  });

  it.each([
    [['--masjid', 'noor'], /--file is missing/],
    [['--file', MELODY], /--masjid is missing/],
    [['--file', MELODY, '--masjid', 'noor', '--url', 'example.org'], /not an http or https URL/],
    [['--volume', '11'], /Unknown option '--volume'/],
  ])('exits 2 when it is called with %j', async (parameters, expected) => {
    await using command = broadcast(parameters);
    const { code, err } = await command.exit;
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });

  it('explains itself with --help', async () => {
    await using command = broadcast(['--help']);
    expect(await command.exit).toMatchObject({ code: 0, out: expect.stringContaining('--masjid ID') as string });
  });
});
