/** Why a file is not Ogg Opus, and the command that makes it so. */
export interface SniffedAudio {
  readonly looksLike: string;
  readonly convertWith: string;
}

/** Enough bytes for every signature below. */
export const SNIFF_BYTES = 64;

/** opusenc reads these by itself; the rest need a decoder first. */
const OPUSENC_READS = new Set(['wav', 'aiff', 'flac']);

/** Tells by its first bytes what a file that is not Ogg probably is. */
export function sniffAudio(begin: Buffer): SniffedAudio {
  const [looksLike, extension] = recognise(begin) ?? ['something else', 'file'];
  const convertWith = OPUSENC_READS.has(extension)
    ? `opusenc --bitrate 24 --framesize 60 --downmix-mono in.${extension} out.opus`
    : `ffmpeg -i in.${extension} -c:a libopus -b:a 24k -ac 1 -frame_duration 60 out.opus`;
  return { looksLike, convertWith };
}

/** Tells by the first packet of an Ogg stream that is not Opus which codec it is. */
export function sniffOggCodec(packet: Buffer): string {
  const text = packet.toString('latin1', 0, 8);
  if (text.startsWith('\x01vorbis')) return 'Vorbis';
  if (text.startsWith('\x7fFLAC')) return 'FLAC';
  if (text.startsWith('Speex')) return 'Speex';
  if (text.startsWith('\x80theora') || text.startsWith('fishead')) return 'video';
  return 'another codec';
}

function recognise(begin: Buffer): readonly [looksLike: string, extension: string] | undefined {
  const text = begin.toString('latin1');
  if (text.startsWith('RIFF') && text.startsWith('WAVE', 8)) return ['WAV', 'wav'];
  if (text.startsWith('FORM')) return ['AIFF', 'aiff'];
  if (text.startsWith('fLaC')) return ['FLAC', 'flac'];
  if (text.startsWith('ftyp', 4)) return ['MP4 or M4A', 'm4a'];
  if (text.startsWith('\x1aE\xdf\xa3')) return ['WebM or Matroska', 'webm'];
  if (text.startsWith('ID3')) return ['MP3', 'mp3'];
  const [first = 0, second = 0] = begin;
  // Eleven set bits open an MPEG audio frame; layer 0 among them is AAC in ADTS.
  if (first === 0xff && (second & 0xe0) === 0xe0) return (second & 0x06) === 0 ? ['AAC', 'aac'] : ['MP3', 'mp3'];
  return undefined;
}
