import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oggChecksum } from './ogg-pages.js';
import { readOggOpus, summariseOggOpus } from './ogg-opus.js';

const MELODY = join(import.meta.dirname, '../../assets/melody.opus');

interface PageOptions {
  readonly lacings?: readonly number[];
  readonly flags?: number;
  readonly serial?: number;
  readonly sequence?: number;
}

const FIRST = 2;
const CONTINUED = 1;

/** One page; its lacing says where packets end, and defaults to one packet (RFC 3533, 6). */
function page(body: Buffer, { lacings, flags = 0, serial = 7, sequence = 0 }: PageOptions = {}): Buffer {
  const lacing = lacings ?? [...Array<number>(Math.floor(body.length / 255)).fill(255), body.length % 255];
  const header = Buffer.alloc(27);
  header.write('OggS');
  header.writeUInt8(flags, 5);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header.writeUInt8(lacing.length, 26);
  const bytes = Buffer.concat([header, Buffer.from(lacing), body]);
  bytes.writeUInt32LE(oggChecksum(bytes), 22);
  return bytes;
}

function opusHead({ version = 1, channels = 1, family = 0 } = {}): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt8(version, 8);
  head.writeUInt8(channels, 9);
  head.writeUInt8(family, 18);
  return head;
}

const TAGS = Buffer.from('OpusTags\0\0\0\0\0\0\0\0');
const headers = (serial = 7): Buffer[] => [
  page(opusHead(), { flags: FIRST, serial }),
  page(TAGS, { sequence: 1, serial }),
];
/** An Opus packet of 20 ms. */
const packet = (length: number, fill = 1): Buffer =>
  Buffer.concat([Buffer.from([1 << 3]), Buffer.alloc(length - 1, fill)]);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ogg-opus-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, ...parts: readonly (Buffer | string)[]): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, Buffer.concat(parts.map((part) => Buffer.from(part as Buffer))));
  return path;
}

async function packetsOf(path: string): Promise<Buffer[]> {
  const packets: Buffer[] = [];
  for await (const next of readOggOpus(path)) packets.push(next.packet);
  return packets;
}

const complaint = (path: string): Promise<string> =>
  summariseOggOpus(path).then(
    () => 'no complaint',
    (error: unknown) => (error as Error).message,
  );

describe('the melody of the demo', () => {
  it('lasts 40 to 60 seconds in mono packets of 60 ms, at about 24 kbit/s', async () => {
    let bytes = 0;
    let samples = 0;
    for await (const { packet: opus, durationSamples48k } of readOggOpus(MELODY)) {
      expect(durationSamples48k).toBe(60 * 48);
      bytes += opus.length;
      samples += durationSamples48k;
    }
    const seconds = samples / 48_000;
    expect(seconds).toBeGreaterThan(40);
    expect(seconds).toBeLessThan(60);
    expect((bytes * 8) / seconds).toBeGreaterThan(18_000);
    expect((bytes * 8) / seconds).toBeLessThan(30_000);
    expect(await summariseOggOpus(MELODY)).toMatchObject({ stereo: false });
  });
});

describe('readOggOpus', () => {
  it('cuts packets at the lacing values, also one of 255 bytes that needs a zero', async () => {
    const packets = [packet(10), packet(255), packet(300)];
    const audio = page(Buffer.concat(packets), { lacings: [10, 255, 0, 255, 45], sequence: 2 });
    expect(await packetsOf(await file('laced.opus', ...headers(), audio))).toEqual(packets);
  });

  it('joins a packet that goes on in the next page', async () => {
    const long = packet(600, 9);
    const pages = [
      page(long.subarray(0, 510), { lacings: [255, 255], sequence: 2 }),
      page(long.subarray(510), { lacings: [90], sequence: 3, flags: CONTINUED }),
    ];
    expect(await packetsOf(await file('continued.opus', ...headers(), ...pages))).toEqual([long]);
  });

  it('plays chained streams one after the other', async () => {
    const link = (serial: number) => [...headers(serial), page(packet(10, serial), { sequence: 2, serial })];
    expect(await packetsOf(await file('chained.opus', ...link(1), ...link(2)))).toEqual([packet(10, 1), packet(10, 2)]);
  });

  it('passes over comments of any size, such as a cover picture', async () => {
    const tags = Buffer.concat([TAGS, Buffer.alloc(255 * 300)]);
    const pages = [
      page(tags.subarray(0, 255 * 255), { lacings: Array<number>(255).fill(255), sequence: 1 }),
      page(tags.subarray(255 * 255), { sequence: 2, flags: CONTINUED }),
      page(packet(10), { sequence: 3 }),
    ];
    const path = await file('picture.opus', page(opusHead(), { flags: FIRST }), ...pages);
    expect(await packetsOf(path)).toEqual([packet(10)]);
  });

  it.each([
    [
      'azaan.mp3',
      'ID3\x04rest',
      /^azaan.mp3 is not an Ogg Opus file \(it begins like MP3\)\. Convert it: ffmpeg -i in.mp3 /,
    ],
    ['bare.mp3', Buffer.from([0xff, 0xfb, 0x90, 0x64]), /begins like MP3/],
    ['a.aac', Buffer.from([0xff, 0xf1, 0x50, 0x80]), /begins like AAC/],
    ['a.wav', 'RIFF\0\0\0\0WAVEfmt ', /begins like WAV\)\. Convert it: opusenc .* in.wav out.opus$/],
    ['a.m4a', '\0\0\0 ftypM4A ', /begins like MP4 or M4A/],
    ['a.txt', 'hello', /begins like something else/],
    ['empty.opus', '', /^empty.opus is empty\.$/],
    ['short.opus', 'Ogg', /not an Ogg Opus file/],
  ])('says what %s is instead', async (name, content, expected) => {
    expect(await complaint(await file(name, content))).toMatch(expected);
  });

  it('says that a file is missing, or is a directory', async () => {
    expect(await complaint(join(directory, 'nowhere.opus'))).toMatch(/nowhere.opus does not exist\.$/);
    expect(await complaint(directory)).toMatch(/is a directory/);
  });

  const bos = (body: Buffer) => page(body, { flags: FIRST });
  const good = page(packet(10), { sequence: 2 });
  const flipped = Buffer.from(good);
  flipped[30]! ^= 1;
  it.each<[string, Buffer[], RegExp]>([
    ['Ogg Vorbis', [bos(Buffer.from('\x01vorbis and more'))], /is not an Ogg Opus file \(it holds Vorbis\)\.$/],
    ['Ogg FLAC', [bos(Buffer.concat([Buffer.from('\x7fFLAC'), Buffer.alloc(400)]))], /it holds FLAC/],
    ['a flipped bit', [...headers(), flipped], /checksum of the page at byte 91 is wrong/],
    ['a lost page', [...headers(), page(packet(10), { sequence: 3 })], /something is missing before byte 91/],
    ['rubbish between pages', [...headers(), Buffer.from('junk'), good], /no page begins at byte 91/],
    ['a page that is cut', [...headers(), good.subarray(0, 30)], /cut short: its last page/],
    ['a packet that is cut', [...headers(), page(packet(255), { lacings: [255], sequence: 2 })], /its last packet/],
    ['a header alone', [bos(opusHead())], /its headers are incomplete/],
    ['headers without audio', headers(), /without any audio/],
    ['a missing second header', [bos(opusHead()), page(packet(10), { sequence: 1 })], /second header is missing/],
    ['a first header that is cut', [bos(opusHead().subarray(0, 12))], /first header is too short/],
    ['a future version', [bos(opusHead({ version: 16 }))], /version 1 of Ogg Opus/],
    ['surround sound', [bos(opusHead({ channels: 6, family: 1 }))], /6 channels in a surround mapping/],
    ['two streams at once', [bos(opusHead()), page(opusHead(), { flags: FIRST, serial: 8 })], /several streams/],
    ['a stream without a beginning', [good], /its beginning is missing/],
    ['a packet of no duration', [...headers(), page(Buffer.alloc(0), { sequence: 2 })], /packet that is not Opus/],
    ['a packet beyond one datagram', [...headers(), page(packet(1_201), { sequence: 2 })], /too large for the network/],
  ])('refuses %s', async (_, parts, expected) => {
    expect(await complaint(await file('bad.opus', ...parts))).toMatch(expected);
  });
});
