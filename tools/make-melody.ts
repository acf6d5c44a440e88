/**
 * Makes assets/melody.opus, the sound of `npm run demo`: a slow, wordless chant in maqam Hijaz on G.
 *
 * Everything is computed here (additive voice with moving formants, then a small hall), so the result belongs to the
 * project: it is no recording, and no text of the adhan. The same input gives the same samples on every run.
 *
 *     sudo apt-get install opus-tools
 *     npx node tools/make-melody.ts assets/melody.opus      # or melody.wav to look at the samples before the encoder
 *
 * The file is Ogg Opus, mono, 24 kbit/s, 60 ms a packet: what the relay asks of broadcasters.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const SAMPLE_RATE = 48_000;
/** Samples between two values of pitch and timbre: 2 ms. */
const CONTROL_SAMPLES = 96;
const TONIC_HZ = 196;
const PEAK = 10 ** (-4.5 / 20);
/** The decay of the hall after the last note, and the breath before the loop begins anew. */
const TAIL_SECONDS = 2.6;
const LEAD_SECONDS = 0.3;
/** 60 ms, and the pre-skip of RFC 7845 as opusenc writes it. */
const PACKET_SAMPLES = 2_880;
const ENCODER_DELAY_SAMPLES = 312;

/** Cents above the tonic. Hijaz as it is sung: the second a little high, the third a little low, the sixth half flat. */
const DEGREE = {
  '7-': -204,
  1: 0,
  2: 112,
  3: 384,
  4: 498,
  5: 702,
  6: 845,
  '6b': 806,
  7: 996,
  8: 1200,
  9: 1312,
} as const;

/** Formant frequencies in Hz. The upper three lie close together, as they do in a trained voice. */
const VOWEL = {
  a: [690, 1120, 2520, 2950, 3450],
  o: [470, 840, 2440, 2900, 3400],
  u: [340, 730, 2380, 2850, 3350],
  e: [490, 1720, 2480, 2980, 3500],
  i: [320, 2000, 2640, 3100, 3600],
  m: [250, 1050, 2150, 2750, 3300],
} as const;
const BANDWIDTH_HZ = [85, 100, 140, 180, 240];

type Degree = keyof typeof DEGREE;
type Vowel = keyof typeof VOWEL;

interface Note {
  readonly degree: Degree;
  readonly seconds: number;
  /** Reached on this note, from the one before. */
  readonly vowel: Vowel;
}

interface Phrase {
  readonly notes: readonly Note[];
  /** 0 to 1. */
  readonly loudness: number;
  /** The breath after it. */
  readonly pauseSeconds: number;
}

/** Reads `degree seconds vowel, …`. */
function phrase(loudness: number, pauseSeconds: number, score: string): Phrase {
  const notes = score.split(',').map((text): Note => {
    const [degree = '', seconds = '', vowel = ''] = text.trim().split(' ');
    if (!(degree in DEGREE) || !(vowel in VOWEL)) throw new Error(`"${text}" is no note`);
    return { degree: degree as Degree, seconds: Number(seconds), vowel: vowel as Vowel };
  });
  return { notes, loudness, pauseSeconds };
}

/** From the tonic up to the octave and home again, each phrase answering the one before. */
const PHRASES: readonly Phrase[] = [
  phrase(0.74, 1.3, '1 .35 m, 1 1.25 a, 2 .28 a, 1 .22 a, 2 .5 a, 3 .9 o, 2 .26 o, 1 1.5 o'),
  phrase(
    0.84,
    1.5,
    `1 .5 o, 2 .25 a, 3 .4 a, 4 1.5 a, 5 .2 a, 4 .2 a, 3 .24 a, 4 .55 e, 3 .28 e, 2 .34 a, 3 .22 a, 2 .3 a,
     1 1.6 u`,
  ),
  phrase(
    0.92,
    1.6,
    `4 .35 u, 5 2.1 a, 6b .2 a, 5 .2 a, 4 .2 a, 5 .75 a, 6b .4 e, 5 .28 e, 4 .3 a, 3 .45 a, 4 .22 o, 3 .22 o,
     2 .36 o, 3 1.5 o`,
  ),
  phrase(
    1,
    1.8,
    `5 .4 o, 6 .26 a, 7 .34 a, 8 2.3 a, 9 .18 a, 8 .2 a, 7 .2 a, 8 .9 e, 7 .26 e, 6 .26 a, 7 .22 a, 6 .22 a,
     5 1.7 o`,
  ),
  phrase(
    0.94,
    1.6,
    `8 .9 a, 7 .3 a, 6b .3 a, 7 .24 a, 6b .24 a, 5 1.1 i, 6b .22 e, 5 .22 e, 4 .26 e, 5 .22 a, 4 .24 a, 3 .9 a,
     4 .2 o, 3 .22 o, 2 .3 o, 3 .22 o, 2 1.3 o`,
  ),
  phrase(0.78, 0, '2 .4 u, 3 .5 a, 4 .9 a, 3 .24 a, 2 .24 a, 3 .3 o, 2 .4 o, 7- .45 o, 1 2.6 a, 1 .5 m'),
];

/** Mulberry32: small, seeded, the same everywhere. Uniform in -1 to 1. */
function seededNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const noise = seededNoise(1445);

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));
/** 0 to 1 with a flat beginning and end. */
const ease = (x: number): number => 0.5 - 0.5 * Math.cos(Math.PI * clamp01(x));

/** Gain of the vocal tract at one frequency: resonators in cascade. */
function tract(hz: number, formants: readonly number[]): number {
  let gain = 1;
  for (const [index, formant] of formants.entries()) {
    const width = BANDWIDTH_HZ[index] ?? 250;
    gain *= formant ** 2 / Math.hypot(formant ** 2 - hz ** 2, width * hz);
  }
  return gain;
}

/** Sings one phrase into `out`, beginning at sample `start`. Returns the sample after its end. */
function sing(phrase: Phrase, out: Float64Array, start: number): number {
  const totalSeconds = phrase.notes.reduce((sum, note) => sum + note.seconds, 0);
  const frames = Math.ceil((totalSeconds * SAMPLE_RATE) / CONTROL_SAMPLES);
  const formants: number[] = [...VOWEL[phrase.notes[0]?.vowel ?? 'a']];
  let index = 0;
  let noteStart = 0;
  let cents: number = DEGREE[phrase.notes[0]?.degree ?? 1] - 60;
  let centsBefore = cents;
  let vibratoDepth = 0;
  let vibratoPhase = 0;
  let openness = 0.3;
  let drift = 0;
  let shimmer = 0;
  let breath = 0;
  let phase = 0;
  let gains = new Float64Array(64);

  for (let frame = 0; frame < frames; frame++) {
    const t = (frame * CONTROL_SAMPLES) / SAMPLE_RATE;
    let note = phrase.notes[index];
    while (note !== undefined && t >= noteStart + note.seconds && index < phrase.notes.length - 1) {
      noteStart += note.seconds;
      centsBefore = cents;
      index += 1;
      note = phrase.notes[index];
    }
    if (note === undefined) break;
    const { degree, seconds, vowel } = note;
    const since = t - noteStart;

    // A voice slides: fast inside a melisma, slower into a held note, from a little below at the start of a phrase.
    const glideSeconds = index === 0 ? 0.22 : Math.min(0.13, seconds * 0.5);
    cents = centsBefore + (DEGREE[degree] - centsBefore) * ease(since / glideSeconds);
    drift += 0.004 * (noise() * 40 - drift);
    shimmer += 0.02 * (noise() * 0.5 - shimmer);
    // Vibrato only where a note is held, and it comes late.
    vibratoDepth += 0.02 * (26 * ease((since - 0.35) / 0.7) * (seconds > 0.7 ? 1 : 0) - vibratoDepth);
    vibratoPhase += (2 * Math.PI * (5.1 + 0.3 * Math.sin(t * 0.9)) * CONTROL_SAMPLES) / SAMPLE_RATE;
    const vibrato = vibratoDepth * Math.sin(vibratoPhase);
    const hz = TONIC_HZ * 2 ** ((cents + drift + vibrato) / 1200);

    for (const [i, target] of VOWEL[vowel].entries()) formants[i] = (formants[i] ?? target) * 0.978 + target * 0.022;
    openness += ((vowel === 'm' ? 0.32 : 1) - openness) * 0.018;

    // Swell to the middle of the phrase, a soft attack and a long release; higher notes are sung louder and brighter.
    const along = t / totalSeconds;
    const swell = 0.8 + 0.2 * Math.sin(Math.PI * Math.min(1, along * 1.15));
    const edges = ease(t / 0.16) * ease((totalSeconds - t) / 0.75);
    const height = clamp01(cents / 1200);
    const unsteady = 1 + shimmer + (0.035 * vibrato) / 26;
    const level = phrase.loudness * swell * edges * openness * (0.85 + 0.15 * height) * unsteady;
    const tilt = 1.14 - 0.22 * height * phrase.loudness + (1 - openness) * 0.8;

    const count = Math.min(63, Math.floor(5200 / hz));
    const next = new Float64Array(64);
    let power = 0;
    for (let k = 1; k <= count; k++) {
      const gain = tract(k * hz, formants) * k ** -tilt;
      next[k] = gain;
      power += gain * gain;
    }
    // Vowels differ by 10 dB in a bare tract; a singer evens most of that out.
    const even = level / power ** 0.42;
    for (let k = 1; k <= count; k++) next[k] = (next[k] ?? 0) * even;

    for (let i = 0; i < CONTROL_SAMPLES; i++) {
      const mix = i / CONTROL_SAMPLES;
      phase += (2 * Math.PI * hz) / SAMPLE_RATE;
      // sin(kx) from the two before it: one cosine a sample instead of forty sines.
      const twiceCos = 2 * Math.cos(phase);
      let before = 0;
      let sine = Math.sin(phase);
      let sample = 0;
      for (let k = 1; k <= count; k++) {
        const gain = gains[k] ?? 0;
        sample += (gain + ((next[k] ?? 0) - gain) * mix) * sine;
        [before, sine] = [sine, twiceCos * sine - before];
      }
      // Breath: noise that comes in puffs, as the vocal folds open.
      breath += 0.35 * (noise() - breath);
      sample += (noise() - breath) * 0.011 * level * (0.6 + 0.4 * Math.cos(phase));
      const position = start + frame * CONTROL_SAMPLES + i;
      out[position] = (out[position] ?? 0) + sample;
    }
    gains = next;
    phase %= 2 * Math.PI;
  }
  return start + frames * CONTROL_SAMPLES;
}

/** A small hall: eight delays that feed one another through a Householder mirror, darker with every turn. */
function reverberate(dry: Float64Array): Float64Array {
  const lengths = [1_693, 1_951, 2_179, 2_467, 2_741, 3_019, 3_331, 3_677];
  const decaySeconds = 1.9;
  const lines = lengths.map((length) => ({
    samples: new Float64Array(length),
    feedback: 10 ** ((-3 * length) / (decaySeconds * SAMPLE_RATE)),
    damped: 0,
  }));
  const preDelay = 1_200;
  const wet = new Float64Array(dry.length);
  for (let n = 0; n < dry.length; n++) {
    const outputs = lines.map((line) => line.samples[n % line.samples.length] ?? 0);
    const mirror = (outputs.reduce((sum, x) => sum + x, 0) * 2) / lines.length;
    const input = (dry[n - preDelay] ?? 0) * 0.35;
    for (const [i, line] of lines.entries()) {
      line.damped += 0.42 * ((outputs[i] ?? 0) - mirror - line.damped);
      line.samples[n % line.samples.length] = line.damped * line.feedback + input;
    }
    wet[n] = mirror;
  }
  return wet;
}

function compose(): Int16Array {
  const sungSeconds = PHRASES.reduce(
    (sum, p) => sum + p.pauseSeconds + p.notes.reduce((s, note) => s + note.seconds, 0),
    0,
  );
  // A whole number of packets, the encoder's own delay included, so that the file repeats without a short packet.
  const packets = Math.ceil(((LEAD_SECONDS + sungSeconds + TAIL_SECONDS) * SAMPLE_RATE) / PACKET_SAMPLES);
  const dry = new Float64Array(packets * PACKET_SAMPLES - ENCODER_DELAY_SAMPLES);
  let position = LEAD_SECONDS * SAMPLE_RATE;
  for (const phrase of PHRASES) position = sing(phrase, dry, position) + Math.round(phrase.pauseSeconds * SAMPLE_RATE);

  const wet = reverberate(dry);
  const mixed = dry.map((sample, n) => sample + 0.5 * (wet[n] ?? 0));
  const fadeSamples = 0.4 * SAMPLE_RATE;
  const faded = mixed.map((sample, n) => sample * ease((mixed.length - 1 - n) / fadeSamples));
  const peak = faded.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0);
  return Int16Array.from(faded, (sample) => Math.round((sample / peak) * PEAK * 32_767));
}

function toWav(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

const target = process.argv[2];
if (target === undefined) throw new Error('usage: node tools/make-melody.ts <melody.opus|melody.wav>');
const wav = toWav(compose());
if (target.endsWith('.wav')) {
  writeFileSync(target, wav);
} else {
  const options = '--quiet --bitrate 24 --cvbr --framesize 60 --music --serial 1 --padding 0'.split(' ');
  const encoder = spawnSync('opusenc', [...options, '--title', 'azaan-relay demo melody', '-', target], {
    input: wav,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (encoder.error !== undefined) throw encoder.error;
  if (encoder.status !== 0) throw new Error(`opusenc ended with ${String(encoder.status)}`);
}
