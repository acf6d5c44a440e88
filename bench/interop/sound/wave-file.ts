import { TONE_HZ } from './tone-meter.js';

const SAMPLE_RATE = 48_000;
/** Chromium loses some milliseconds where the file ends and begins anew. */
const SECONDS = 60;
const AMPLITUDE = 8_192;
const HEADER_BYTES = 44;
const PCM = 1;

/** A minute of the tone as a WAVE file: 16 bits, mono, 48 kHz. */
export function waveFileOfTone(): Buffer {
  const samples = SECONDS * SAMPLE_RATE;
  const dataBytes = 2 * samples;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(2 * SAMPLE_RATE, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(dataBytes, 40);
  for (let index = 0; index < samples; index++) {
    const sample = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * index) / SAMPLE_RATE));
    file.writeInt16LE(sample, HEADER_BYTES + 2 * index);
  }
  return file;
}
