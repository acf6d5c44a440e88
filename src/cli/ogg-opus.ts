import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { OggSyntaxError, readOggPages, type OggPage } from './ogg-pages.js';
import { opusDurationSamples48k } from '../relay/media/rtp/opus-packet.js';
import { SNIFF_BYTES, sniffAudio, sniffOggCodec } from './sniff-audio.js';

/** One Opus packet (RFC 6716), as it lies in the file. */
export interface OpusPacket {
  readonly packet: Buffer;
  readonly durationSamples48k: number;
}

export interface OggOpusSummary {
  readonly packets: number;
  readonly durationSamples48k: number;
  /** Whether any packet is coded in stereo. */
  readonly stereo: boolean;
}

/** The file cannot be played. The message is one sentence, or two, for the person who named the file. */
export class OpusFileError extends Error {
  override readonly name = 'OpusFileError';
}

/** What still fits one UDP datagram beside the headers of RTP, SRTP, UDP and IP on every usual path. */
const MAX_PACKET_BYTES = 1_200;
/** `OpusHead` with a mapping table for 255 channels (RFC 7845, 5.1). */
const MAX_HEAD_BYTES = 276;
const SIGNATURE_BYTES = 8;
const SEVERAL_STREAMS = 'holds several streams at once; only one can be played';

/**
 * Streams the packets of an Ogg Opus file (RFC 3533, RFC 7845), untouched and in order; chained streams follow one
 * another. Pre-skip, end trimming and gain are the player's business and stay unapplied.
 *
 * @throws OpusFileError when it is no sound Ogg Opus file
 */
export async function* readOggOpus(path: string): AsyncGenerator<OpusPacket> {
  const name = basename(path);
  await checkBeginning(path, name);
  const stream = createReadStream(path) as AsyncIterable<Buffer>;
  try {
    yield* readOpusPackets(stream);
  } catch (error) {
    if (error instanceof OggSyntaxError) throw new OpusFileError(`${name} ${error.message}.`);
    throw error;
  }
}

/**
 * Reads a whole file without keeping it, so that one that is damaged is refused before it is on the air.
 *
 * @throws OpusFileError when it is no sound Ogg Opus file, or holds no audio
 */
export async function summariseOggOpus(path: string): Promise<OggOpusSummary> {
  let packets = 0;
  let durationSamples48k = 0;
  let stereo = false;
  for await (const next of readOggOpus(path)) {
    packets += 1;
    durationSamples48k += next.durationSamples48k;
    stereo ||= ((next.packet[0] ?? 0) & 4) !== 0;
  }
  if (packets === 0) throw new OpusFileError(`${basename(path)} is an Ogg Opus file without any audio.`);
  return { packets, durationSamples48k, stereo };
}

async function checkBeginning(path: string, name: string): Promise<void> {
  const begin = await readBeginning(path, name);
  if (begin.length === 0) throw new OpusFileError(`${name} is empty.`);
  if (begin.toString('latin1', 0, 4) === 'OggS') return;
  const { looksLike, convertWith } = sniffAudio(begin);
  throw new OpusFileError(`${name} is not an Ogg Opus file (it begins like ${looksLike}). Convert it: ${convertWith}`);
}

async function readBeginning(path: string, name: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    if ((await file.stat()).isDirectory()) throw new OpusFileError(`${name} is a directory, not an Ogg Opus file.`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof OpusFileError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new OpusFileError(`${path} does not exist.`);
    if (code === 'EACCES') throw new OpusFileError(`${path} may not be read by this user.`);
    throw new OpusFileError(`${path} cannot be read (${code ?? String(error)}).`);
  }
}

async function* readOpusPackets(source: AsyncIterable<Buffer>): AsyncGenerator<OpusPacket> {
  const stream = new OpusStream();
  for await (const page of readOggPages(source)) yield* stream.take(page);
  stream.end();
}

/** Puts packets together from pages, and knows which packet of the stream comes next. */
class OpusStream {
  private expecting: 'head' | 'tags' | 'audio' = 'head';
  private serial: number | undefined;
  private nextSequence = 0;
  private partial: Buffer | undefined;

  *take(page: OggPage): Generator<OpusPacket> {
    this.checkOrder(page);
    for (const { data, complete } of page.pieces) {
      const whole = this.append(data, page);
      this.partial = complete ? undefined : whole;
      if (complete) yield* this.finish(whole, page);
    }
  }

  end(): void {
    if (this.expecting !== 'audio') throw new OggSyntaxError('is cut short: its headers are incomplete');
    if (this.partial !== undefined) throw new OggSyntaxError('is cut short: its last packet is incomplete');
  }

  private checkOrder(page: OggPage): void {
    if (page.first) this.begin(page);
    if (this.serial === undefined) throw new OggSyntaxError('is damaged: its beginning is missing');
    if (page.serial !== this.serial) throw new OggSyntaxError(SEVERAL_STREAMS);
    if (page.sequence !== this.nextSequence || page.continued !== (this.partial !== undefined)) {
      throw new OggSyntaxError(`is damaged: something is missing before byte ${page.offset}`);
    }
    this.nextSequence = (page.sequence + 1) >>> 0;
  }

  private begin(page: OggPage): void {
    // A stream that begins before another has sent audio plays beside it, not after it.
    if (this.serial !== undefined && this.expecting !== 'audio') throw new OggSyntaxError(SEVERAL_STREAMS);
    if (this.serial !== undefined) this.end();
    this.serial = page.serial;
    this.nextSequence = page.sequence;
    this.expecting = 'head';
  }

  private append(data: Buffer, page: OggPage): Buffer {
    const whole = this.partial === undefined ? data : Buffer.concat([this.partial, data]);
    switch (this.expecting) {
      case 'head':
        if (whole.length > MAX_HEAD_BYTES) throw new OggSyntaxError(`is not an Ogg Opus file${holding(whole)}`);
        return whole;
      case 'tags':
        // Comments may hold megabytes of pictures; their signature is all that matters here.
        return whole.subarray(0, SIGNATURE_BYTES);
      case 'audio':
        if (whole.length > MAX_PACKET_BYTES) throw new OggSyntaxError(tooLarge(page));
        return whole;
      default:
        return this.expecting satisfies never;
    }
  }

  private *finish(packet: Buffer, page: OggPage): Generator<OpusPacket> {
    switch (this.expecting) {
      case 'head':
        checkHead(packet);
        this.expecting = 'tags';
        return;
      case 'tags':
        if (packet.toString('latin1') !== 'OpusTags')
          throw new OggSyntaxError('is damaged: its second header is missing');
        this.expecting = 'audio';
        return;
      case 'audio': {
        const durationSamples48k = opusDurationSamples48k(packet);
        if (durationSamples48k === undefined) {
          throw new OggSyntaxError(`is damaged: the page at byte ${page.offset} holds a packet that is not Opus`);
        }
        yield { packet, durationSamples48k };
        return;
      }
      default:
        this.expecting satisfies never;
    }
  }
}

function holding(packet: Buffer): string {
  return ` (it holds ${sniffOggCodec(packet)})`;
}

function tooLarge(page: OggPage): string {
  const advice = 'encode it at 64 kbit/s or less, in frames of 60 ms or less';
  return `has a packet too large for the network, over ${MAX_PACKET_BYTES} bytes near byte ${page.offset}; ${advice}`;
}

/** RFC 7845, 5.1. */
function checkHead(head: Buffer): void {
  if (head.toString('latin1', 0, SIGNATURE_BYTES) !== 'OpusHead') {
    throw new OggSyntaxError(`is not an Ogg Opus file${holding(head)}`);
  }
  if (head.length < 19) throw new OggSyntaxError('is damaged: its first header is too short');
  const majorVersion = head.readUInt8(8) >> 4;
  if (majorVersion !== 0)
    throw new OggSyntaxError(`is written in version ${majorVersion} of Ogg Opus; only 0 is known`);
  const channels = head.readUInt8(9);
  // Mapping family 0 is one Opus stream; every other one is several streams that WebRTC cannot carry as one.
  if (head.readUInt8(18) !== 0 || channels < 1 || channels > 2) {
    throw new OggSyntaxError(`has ${channels} channels in a surround mapping; only mono and stereo can be played`);
  }
}
