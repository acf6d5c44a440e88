import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Command } from '../support/command.js';
import { HearingServer } from '../support/hearing-server.js';
import { end, listen } from '../support/loopback.js';
import { startServer } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

const ROOT = join(import.meta.dirname, '../..');
const MELODY = join(ROOT, 'assets/melody.opus');
/** Two pages of headers come first; opusenc puts 16 packets of 60 ms in each that follows. */
const SHORT_PAGES = 3;
const SHORT_PACKETS = 16 * SHORT_PAGES;
const EVENTUALLY = { timeout: 20_000, interval: 50 };

/** Where page `count` of an Ogg file ends: it may be cut there. */
function endOfPage(ogg: Buffer, count: number): number {
  let end = 0;
  for (let page = 0; page < count; page++) end = ogg.indexOf('OggS', end + 1);
  return end;
}

const broadcast = (parameters: readonly string[], env: Record<string, string> = {}) =>
  new Command('broadcast', parameters, { env });

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
    await using server = await HearingServer.start();
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', server.url], {
      AZAAN_TOKEN: 'abc',
    });
    await vi.waitFor(() => expect(server.peak).toBeGreaterThan(0.05), EVENTUALLY);

    const [offer] = server.offers;
    expect(offer!.headers.authorization).toBe('Bearer abc');
    expect(offer!.body).toMatchObject({ connectionID: 'noor', sdp: { type: 'offer' } });
    expect(offer!.body.sdp.sdp).toContain('a=sendonly');
    expect(offer!.body.sdp.sdp).not.toContain('a=candidate');

    command.interrupt();
    expect(await command.exit).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Stopped.') as string });
  });

  it('sends the packets of the file one by one and ends with it', async () => {
    await using server = await HearingServer.start();
    await using command = broadcast(['--file', short, '--masjid', 'noor', '--url', server.url]);
    const { code, out } = await command.exit;
    expect(out).toContain('Played to the end.');
    expect(code).toBe(0);
    expect(await server.packetsReceived()).toBe(SHORT_PACKETS);
  });

  it('begins anew at the end with --loop', async () => {
    await using server = await HearingServer.start();
    await using command = broadcast(['--file', short, '--masjid', 'noor', '--url', server.url, '--loop']);
    await vi.waitFor(
      async () => expect(await server.packetsReceived()).toBeGreaterThan(SHORT_PACKETS + 10),
      EVENTUALLY,
    );
    command.interrupt();
    expect((await command.exit).code).toBe(0);
    expect(server.offers).toHaveLength(1);
  });

  it('connects again under the same masjid id when the connection is lost', async () => {
    await using server = await HearingServer.start();
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', server.url, '--loop']);
    await vi.waitFor(async () => expect(await server.packetsReceived()).toBeGreaterThan(5), EVENTUALLY);
    server.dropPeers();
    await vi.waitFor(async () => expect(await server.packetsReceived()).toBeGreaterThan(5), EVENTUALLY);
    expect(server.offers.map(({ body }) => body.connectionID)).toEqual(['noor', 'noor']);
    command.interrupt();
    expect((await command.exit).code).toBe(0);
  });

  it('gives way to another device that takes the broadcast over, and exits 1', async () => {
    await using server = await startServer();
    const token = (await broadcasterOf('noor')).replace('Bearer ', '');
    const speak = ['--file', MELODY, '--masjid', 'noor', '--url', server.url];
    await using first = broadcast(speak, { AZAAN_TOKEN: token });
    await vi.waitFor(() => expect(server.logs().join()).toContain('"state":"live"'), EVENTUALLY);
    await using second = broadcast(speak, { AZAAN_TOKEN: token });
    expect(await first.exit).toMatchObject({ code: 1, err: 'Another device broadcasts for noor now.\n' });
    second.interrupt();
    expect((await second.exit).code).toBe(0);
  });

  it('waits as long as a busy server asks, and tries again', async () => {
    await using server = await HearingServer.start();
    server.refusals.push({ status: 503, headers: { 'retry-after': '1' }, body: { detail: 'The server is full.' } });
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', server.url]);
    await vi.waitFor(() => expect(server.peak).toBeGreaterThan(0.05), EVENTUALLY);
    command.interrupt();
    expect((await command.exit).code).toBe(0);
    expect(server.offers).toHaveLength(2);
  });

  it('says in one line why a server refuses, and exits 1', async () => {
    await using server = await HearingServer.start();
    server.refusals.push({ status: 401, body: { detail: 'This call needs a token.' } });
    await using command = broadcast(['--file', MELODY, '--masjid', 'noor', '--url', server.url]);
    const { code, err } = await command.exit;
    expect(code).toBe(1);
    const hint = 'Is AZAAN_TOKEN set, and still valid?';
    expect(err).toBe(`${server.url} refused the broadcast (401): This call needs a token. ${hint}\n`);
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
