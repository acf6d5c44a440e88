import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OFFER_NAMES, recordedOffer } from '../../../test/support/offers.js';
import { AppError } from '../../errors/app-error.js';
import { composeAnswer } from './compose-answer.js';
import { parseSdp } from './parse-sdp.js';
import { reduceOffer } from './reduce-offer.js';
import type { ReducedOffer } from './reduced-offer.js';

type Mutation = (offer: string) => string;

const OFFERS = OFFER_NAMES.map(recordedOffer);
const TRANSPORT = {
  iceUfrag: 'WCpz',
  icePwd: 'mFCiLvrBBZ4UG4JiOfxNhs',
  fingerprint: `sha-256 ${'79:E4:'.repeat(15)}79:E4`,
  setup: 'passive',
  tlsId: 'c2b6a1f09d3e47a58bd2',
  hostAddresses: ['127.0.0.1'],
  port: 49152,
} as const;

it('a mutated offer is reduced to sound values or refused, and nothing else', () => {
  let reduced = 0;
  fc.assert(
    fc.property(mutatedOffer(), (text) => {
      const offer = reduceOrRefuse(text);
      if (offer === undefined) return;
      reduced += 1;
      expectSound(offer);
    }),
    { numRuns: 3_000 },
  );
  expect(reduced).toBeGreaterThan(100);
});

it('an offer of unusual but allowed values is reduced', () => {
  fc.assert(
    fc.property(unusualOffer(), (text) => expectSound(reduceOffer(text))),
    { numRuns: 200 },
  );
});

function expectSound(offer: ReducedOffer): void {
  expect(offer.iceUfrag).toMatch(/^[A-Za-z0-9+/]{4,256}$/);
  expect(offer.icePwd).toMatch(/^[A-Za-z0-9+/]{22,256}$/);
  expect(offer.fingerprints.length).toBeGreaterThan(0);
  for (const { hash, value } of offer.fingerprints) {
    expect(value).toMatch(/^([0-9A-F]{2}:)+[0-9A-F]{2}$/);
    expect((value.length + 1) / 3).toBe(Number(hash.slice(4)) / 8);
  }
  expect(offer.origin.version).toMatch(/^\d{1,32}$/);
  expect(offer.audio.payloadType).toBeLessThanOrEqual(127);
  const answer = composeAnswer({
    offer,
    transport: TRANSPORT,
    session: { id: 1, version: 1 },
    publicIps: [],
    opus: { ptimeMs: 60, maxBitrate: 24_000 },
  });
  expect(parseSdp(answer).sections).toHaveLength(offer.sections.length);
  // Printable ASCII alone: nothing that was offered can begin a line of its own.
  expect(answer).toMatch(/^(?:[a-z]=[ -~]*\r\n)+$/);
}

function reduceOrRefuse(text: string): ReducedOffer | undefined {
  try {
    return reduceOffer(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(['malformed_sdp', 'no_opus_audio', 'ice_lite']).toContain(error.code);
    // One of our own sentences: short, and of no bytes that came with the offer.
    expect(error.detail).toMatch(/^[A-Z][ -~]{10,100}\.$/);
    return undefined;
  }
}

function unusualOffer(): fc.Arbitrary<string> {
  const longest = fc.constant('x'.repeat(256));
  const fingerprints = fc.constantFrom(224, 256, 384, 512).chain((bits) => {
    const hexPairs = fc.array(fc.stringMatching(/^[0-9A-Fa-f]{2}$/), { minLength: bits / 8, maxLength: bits / 8 });
    return hexPairs.map((pairs) => `sha-${bits} ${pairs.join(':')}`);
  });
  return fc
    .record({
      mid: fc.stringMatching(/^[\w!#$%&'*+\-.^`{|}~]{1,32}$/),
      ufrag: fc.oneof(longest, fc.stringMatching(/^[A-Za-z0-9+/]{4,256}$/)),
      pwd: fc.oneof(longest, fc.stringMatching(/^[A-Za-z0-9+/]{22,256}$/)),
      fingerprint: fingerprints,
      origin: fc
        .stringMatching(/^\S{1,20} \d{1,20} \d{1,20} IN IP[46] \S{1,40}$/)
        .filter((line) => /^[!-~ ]+$/.test(line)),
      setup: fc.constantFrom('actpass', 'active', 'passive'),
      payloadType: fc.integer({ min: 0, max: 127 }).filter((value) => value < 64 || value > 95),
    })
    .map(({ origin, mid, ufrag, pwd, fingerprint, setup, payloadType }) =>
      [
        'v=0',
        `o=${origin}`,
        `a=group:BUNDLE ${mid}`,
        `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
        `a=mid:${mid}`,
        'a=rtcp-mux',
        `a=rtpmap:${payloadType} opus/48000/2`,
        `a=ice-ufrag:${ufrag}`,
        `a=ice-pwd:${pwd}`,
        `a=fingerprint:${fingerprint}`,
        `a=setup:${setup}`,
      ].join('\n'),
    );
}

function mutatedOffer(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...OFFERS), fc.array(mutation(), { minLength: 1, maxLength: 6 }))
    .map(([offer, mutations]) => mutations.reduce((text, mutate) => mutate(text), offer));
}

function mutation(): fc.Arbitrary<Mutation> {
  // Fast-check favours extremes, which here would be the first line and the empty offer.
  const position = fc.noBias(fc.nat(999_999)).map((millionths) => millionths / 1e6);
  const junk = fc.oneof(
    fc.constantFrom(...['99999999999999999999', '-1', '0', 'NaN', '1e308', '__proto__', 'constructor']),
    fc.constantFrom('\0', '\r', '\n', '\u2028'),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  );
  return fc.oneof(
    change(flipByte, position, fc.nat(255)),
    change(insertAt, position, junk),
    change((text, at, value) => editLine(text, at, (line) => [replaceValue(line, value)]), position, junk),
    change((text, at, value) => editLine(text, at, (line) => [line.replace(/\d+/, value)]), position, junk),
    change((text, at) => editLine(text, at, () => []), position),
    change(
      (text, at, times) => editLine(text, at, (line) => Array<string>(times).fill(line)),
      position,
      fc.integer({ min: 2, max: 400 }),
    ),
    change(swapLines, position, position),
    change((text, at) => text.slice(0, Math.floor(at * text.length)), position),
    change((text, at) => text + text.slice(Math.floor(at * text.length)), position),
  );
}

/** A mutation by values that are drawn for it. */
function change<T extends unknown[]>(
  mutate: (text: string, ...drawn: T) => string,
  ...values: { [Key in keyof T]: fc.Arbitrary<T[Key]> }
): fc.Arbitrary<Mutation> {
  return fc.tuple<T>(...values).map((drawn) => (text) => mutate(text, ...drawn));
}

function flipByte(text: string, at: number, bits: number): string {
  const bytes = Buffer.from(text);
  const index = Math.floor(at * bytes.length);
  if (index < bytes.length) bytes[index]! ^= bits;
  return bytes.toString();
}

function insertAt(text: string, at: number, insert: string): string {
  const index = Math.floor(at * text.length);
  return text.slice(0, index) + insert + text.slice(index);
}

function editLine(text: string, at: number, edit: (line: string) => string[]): string {
  const lines = text.split('\r\n');
  const index = Math.floor(at * lines.length);
  return lines.flatMap((line, each) => (each === index ? edit(line) : [line])).join('\r\n');
}

function replaceValue(line: string, value: string): string {
  return line.replace(/[:=][^:=]*$/, (end) => end.slice(0, 1) + value);
}

function swapLines(text: string, at: number, other: number): string {
  const lines = text.split('\r\n');
  const [a, b] = [Math.floor(at * lines.length), Math.floor(other * lines.length)];
  [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  return lines.join('\r\n');
}
