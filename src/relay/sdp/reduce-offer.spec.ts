import { describe, expect, it } from 'vitest';
import { OFFER_NAMES, recordedOffer } from '../../../test/support/offers.js';
import type { ErrorCode } from '../../errors/app-error.js';
import { reduceOffer } from './reduce-offer.js';

const CHROMIUM = recordedOffer('chromium-156-broadcaster');
const BUNDLE = recordedOffer('chromium-156-video-audio-data');
/** The only one of `CHROMIUM`. */
const audioSection = CHROMIUM.slice(CHROMIUM.indexOf('m=audio'));
const withLines = (count: number, line: string) => `${CHROMIUM}${`${line}\r\n`.repeat(count)}`;

describe('an offer of a real client', () => {
  it.each([
    ['chromium-156-broadcaster', { mid: '0', payloadType: 111, audioLevelExtensionId: 1, direction: 'sendrecv' }],
    ['chromium-156-listener', { mid: '0', payloadType: 111, audioLevelExtensionId: 1, direction: 'recvonly' }],
    ['chromium-156-video-audio-data', { mid: '1', payloadType: 111, audioLevelExtensionId: 14, direction: 'sendrecv' }],
    ['chromium-156-max-bundle', { mid: '1', payloadType: 111, audioLevelExtensionId: 14, direction: 'sendrecv' }],
    ['firefox-like-broadcaster', { mid: '0', payloadType: 109, audioLevelExtensionId: 1, direction: 'sendrecv' }],
    ['wrtc-0.10-sendrecv', { mid: '0', payloadType: 111, audioLevelExtensionId: 1, direction: 'sendrecv' }],
    ['wrtc-0.10-video-audio-data', { mid: '1', payloadType: 111, audioLevelExtensionId: 14, direction: 'recvonly' }],
  ])('gives the audio of %s', (name, audio) => {
    expect(reduceOffer(recordedOffer(name)).audio).toEqual({ ...audio, bundled: true });
  });

  it('keeps the transport of the audio', () => {
    expect(reduceOffer(CHROMIUM)).toMatchObject({
      iceUfrag: 'XRlV',
      icePwd: 'BN5p42kXxKIO0H7zid4ONN4q',
      fingerprints: [
        {
          hash: 'sha-256',
          value: '95:CE:19:1C:C7:85:C0:A2:15:41:30:37:DE:8E:AA:06:24:63:C7:10:33:25:09:DE:F8:E6:B2:A5:FE:A7:A1:74',
        },
      ],
      setup: 'actpass',
      tlsId: undefined,
    });
  });

  it.each([
    ['chromium-156-broadcaster', '- 5500325512638207806 IN IP4 127.0.0.1', '2'],
    ['firefox-like-broadcaster', 'mozilla...THIS_IS_SDPARTA-99.0 4983712374651237654 IN IP4 0.0.0.0', '0'],
  ])('tells who %s is, and which description of theirs this is', (name, identity, version) => {
    expect(reduceOffer(recordedOffer(name)).origin).toEqual({ identity, version });
  });

  it('keeps every m-line in its order, to be mirrored', () => {
    expect(reduceOffer(BUNDLE).sections).toEqual([
      { kind: 'rejected', media: 'video', protocol: 'UDP/TLS/RTP/SAVPF', format: '96', mid: '0' },
      { kind: 'audio', media: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', format: '111', mid: '1' },
      { kind: 'rejected', media: 'application', protocol: 'UDP/DTLS/SCTP', format: 'webrtc-datachannel', mid: '2' },
    ]);
  });

  it.each(OFFER_NAMES)('%s reads the same with LF line ends', (name) => {
    const offer = recordedOffer(name);
    expect(reduceOffer(offer.replaceAll('\r\n', '\n'))).toEqual(reduceOffer(offer));
  });

  it('without mids or a bundle takes the session transport, the sha-256 fingerprint and the first Opus', () => {
    expect(reduceOffer(recordedOffer('no-mids'))).toEqual({
      sections: [
        { kind: 'audio', media: 'audio', protocol: 'RTP/SAVPF', format: '0', mid: undefined },
        { kind: 'rejected', media: 'video', protocol: 'RTP/SAVPF', format: '120', mid: undefined },
      ],
      iceUfrag: 'F7gI',
      icePwd: 'x9cml/YzichV2+XlhiMu8g',
      fingerprints: [
        {
          hash: 'sha-256',
          value: 'D1:2C:BE:AD:C4:F6:64:5C:25:16:11:9C:AF:E7:0F:73:79:36:4E:9C:1E:15:54:39:0C:06:8B:ED:96:86:00:39',
        },
      ],
      setup: 'actpass',
      tlsId: undefined,
      origin: { identity: '- 20518 IN IP4 192.0.2.20', version: '0' },
      audio: { mid: '0', bundled: false, payloadType: 96, audioLevelExtensionId: undefined, direction: 'sendrecv' },
    });
  });
});

describe('a bundle', () => {
  /** As RFC 9143 has it: the transport stands on the first m-line alone, and the audio has port 0. */
  const bundleOnly = (() => {
    const [session, video = '', audio = ''] = BUNDLE.split(/^(?=m=)/m);
    const bare = audio.replace(/^a=(?:ice-|fingerprint|setup|rtcp-mux|candidate).*\r\n/gm, '');
    return `${session ?? ''}${video}${bare.replace(/^m=audio \d+/, 'm=audio 0')}a=bundle-only\r\n`;
  })();

  it('lends the transport of its first m-line to bundle-only audio', () => {
    expect(reduceOffer(bundleOnly)).toMatchObject({
      iceUfrag: 'tasE',
      icePwd: '70CnXBdy4EQ4x4InNiJxNkKo',
      setup: 'actpass',
      audio: { mid: '1', bundled: true },
    });
  });

  it('lends nothing to audio outside of it', () => {
    const offer = bundleOnly.replace('BUNDLE 0 1 2', 'BUNDLE 0 2');
    expect(() => reduceOffer(offer)).toThrow('lacks rtcp-mux');
  });
});

describe('values of the audio', () => {
  it.each(['sendonly', 'recvonly', 'inactive'] as const)('include the direction %s', (direction) => {
    expect(reduceOffer(CHROMIUM.replace('a=sendrecv', `a=${direction}`)).audio.direction).toBe(direction);
  });

  it('default to sendrecv', () => {
    expect(reduceOffer(CHROMIUM.replace('a=sendrecv\r\n', '')).audio.direction).toBe('sendrecv');
  });

  it('take the direction of the session when the audio has none', () => {
    const offer = CHROMIUM.replace('a=sendrecv\r\n', '').replace('t=0 0\r\n', 't=0 0\r\na=sendonly\r\n');
    expect(reduceOffer(offer).audio.direction).toBe('sendonly');
  });

  it.each([
    ['1/sendonly', 1],
    ['14', 14],
    ['15', undefined],
    ['200', undefined],
    ['0', undefined],
    ['1/recvonly', undefined],
  ])('with extmap %s have the audio-level id %s', (id, expected) => {
    const offer = CHROMIUM.replace(/a=extmap:1 /, `a=extmap:${id} `);
    expect(reduceOffer(offer).audio.audioLevelExtensionId).toBe(expected);
  });

  it.each([0, 35, 63, 96, 127])('may number Opus %i', (payloadType) => {
    const offer = CHROMIUM.replace('SAVPF 111 63 9 0', `SAVPF ${payloadType}`).replace(
      'rtpmap:111',
      `rtpmap:${payloadType}`,
    );
    expect(reduceOffer(offer).audio.payloadType).toBe(payloadType);
  });

  it('read Opus in any case, and the first in the order of the m-line', () => {
    const offer = CHROMIUM.replace('opus/48000/2', 'OPUS/48000/2').replace('G722/8000', 'opus/48000/2');
    expect(reduceOffer(offer.replace('SAVPF 111 63 9', 'SAVPF 9 63 111')).audio.payloadType).toBe(9);
    expect(reduceOffer(offer).audio.payloadType).toBe(111);
  });

  it.each(['c2b6a1f0-9d3e/47+a_8b', 'x'.repeat(255)])('include the tls-id %s', (tlsId) => {
    expect(reduceOffer(`${CHROMIUM}a=tls-id:${tlsId}\r\n`).tlsId).toBe(tlsId);
  });
});

describe('a bad offer', () => {
  const without = (pattern: RegExp) => CHROMIUM.replace(pattern, '');

  const refuses = (code: ErrorCode) => (_what: string, offer: string, reason: string) => {
    expect(offer).not.toBe(CHROMIUM);
    expect(() => reduceOffer(offer)).toThrow(
      expect.objectContaining({ code, detail: expect.stringContaining(reason) as string }),
    );
  };

  it.each([
    ['that is empty', '', 'v=0'],
    ['that is no SDP', 'hello', 'v=0'],
    ['of more than 64 kB', withLines(20, `a=${'x'.repeat(4_000)}`), 'bytes'],
    ['of more than 64 kB in UTF-8 only', withLines(20, `a=${'ع'.repeat(2_000)}`), 'bytes'],
    ['of 10,000 lines', withLines(10_000, 'a=x'), 'lines'],
    ['with a very long line', withLines(1, `a=${'x'.repeat(5_000)}`), 'line'],
    ['with a NUL byte', CHROMIUM.replace('a=mid:0', 'a=mid:0\0'), 'control character'],
    ['with a lone CR', CHROMIUM.replace('a=mid:0\r\n', 'a=mid:0\r'), 'control character'],
    ['with an empty line inside', CHROMIUM.replace('t=0 0', 't=0 0\r\n'), '<type>=<value>'],
    ['with a line of no type', CHROMIUM.replace('t=0 0', 'hello'), '<type>=<value>'],
    ['with 17 m-lines', withLines(16, 'm=video 9 RTP/SAVPF 96'), 'm-lines'],
    ['with 257 candidates', withLines(253, 'a=candidate:1 1 udp 1 192.0.2.9 9 typ host'), 'candidates'],
    ['with a broken m-line', CHROMIUM.replace('m=audio 58332 ', 'm=audio '), 'm-line'],
    ['with an m-line without formats', CHROMIUM.replace(/SAVPF [\d ]+/, 'SAVPF'), 'm-line'],
    ['with port 70000', CHROMIUM.replace('m=audio 58332', 'm=audio 70000'), 'm-line'],
    ['with a mid that is no token', CHROMIUM.replace('a=mid:0', 'a=mid:0 a=x'), 'mid'],
    ['with a mid of 33 characters', CHROMIUM.replace('a=mid:0', `a=mid:${'0'.repeat(33)}`), 'mid'],
    ['with the same mid twice', withLines(1, 'm=video 0 RTP/SAVPF 96\r\na=mid:0'), 'same mid'],
    ['without fingerprint', without(/a=fingerprint.*\r\n/), 'fingerprint'],
    ['with a sha-1 fingerprint', CHROMIUM.replace(/sha-256 .*/, `sha-1 ${'AB:'.repeat(19)}AB`), 'of a hash that'],
    ['with a short fingerprint', CHROMIUM.replace('95:CE:', ''), '32 pairs'],
    ['with a fingerprint that is not hex', CHROMIUM.replace('95:CE:', '95:XX:'), '32 pairs'],
    ['without ICE user name fragment', without(/a=ice-ufrag.*\r\n/), 'ICE'],
    ['without ICE password', without(/a=ice-pwd.*\r\n/), 'ICE'],
    ['with a short ICE user name fragment', CHROMIUM.replace('XRlV', 'XRl'), 'fragment'],
    ['with a long ICE user name fragment', CHROMIUM.replace('XRlV', 'X'.repeat(257)), 'fragment'],
    ['with a short ICE password', CHROMIUM.replace('BN5p', ''), 'password'],
    ['with other characters in its ICE password', CHROMIUM.replace('BN5p', 'BN 5p'), 'password'],
    ['without setup', without(/a=setup.*\r\n/), 'setup'],
    ['with setup holdconn', CHROMIUM.replace('actpass', 'holdconn'), 'setup'],
    ['with a short tls-id', withLines(1, `a=tls-id:${'x'.repeat(19)}`), 'tls-id'],
    ['with other characters in its tls-id', withLines(1, `a=tls-id:${'x'.repeat(20)} y`), 'tls-id'],
    ['without an o= line', without(/o=.*\r\n/), 'o= line'],
    ['with its o= line elsewhere', CHROMIUM.replace(/(o=.*\r\n)(s=-\r\n)/, '$2$1'), 'o= line'],
    ['with an o= line without a version', CHROMIUM.replace('7806 2 IN', '7806 IN'), 'o= line'],
    ['without rtcp-mux', without(/a=rtcp-mux\r\n/), 'rtcp-mux'],
  ])('%s is refused', refuses('malformed_sdp'));

  it.each([
    ['without m-lines', CHROMIUM.slice(0, CHROMIUM.indexOf('m=')), 'no usable audio'],
    ['with video only', CHROMIUM.replace('m=audio', 'm=video'), 'no usable audio'],
    ['with disabled audio', CHROMIUM.replace('m=audio 58332', 'm=audio 0'), 'no usable audio'],
    ['over another protocol', CHROMIUM.replace('UDP/TLS/RTP/SAVPF', 'RTP/XYZ'), 'no usable audio'],
    ['with only PCMU', CHROMIUM.replace('SAVPF 111 63 9 0', 'SAVPF 0'), 'no Opus'],
    ['without a map of its payload types', without(/a=rtpmap.*\r\n/g), 'no Opus'],
    ['with Opus of one channel', CHROMIUM.replace('opus/48000/2', 'opus/48000'), 'no Opus'],
    ['with Opus numbered like RTCP', CHROMIUM.replaceAll('111', '72'), 'no Opus'],
    ['with Opus numbered 128', CHROMIUM.replaceAll('111', '128'), 'no Opus'],
  ])('%s is refused', refuses('no_opus_audio'));
});

it('an offer of an ICE-lite agent is refused: two of them never check each other', () => {
  const offer = CHROMIUM.replace('t=0 0\r\n', 't=0 0\r\na=ice-lite\r\n');
  expect(() => reduceOffer(offer)).toThrow(expect.objectContaining({ code: 'ice_lite' }));
});

describe('of several audio m-lines', () => {
  const pcmu = audioSection.replace('SAVPF 111 63 9 0', 'SAVPF 0');
  const second = (section: string): string => CHROMIUM + section.replace('a=mid:0', 'a=mid:1');
  const chosen = (offer: string, role: 'broadcaster' | 'listener'): string | undefined =>
    reduceOffer(offer, role).audio.mid;

  it('the first is taken, and the others are rejected', () => {
    const { audio, sections } = reduceOffer(second(audioSection), 'broadcaster');
    expect(audio.mid).toBe('0');
    expect(sections.map(({ kind, mid }) => [kind, mid])).toEqual([
      ['audio', '0'],
      ['rejected', '1'],
    ]);
  });

  it('that is taken which goes the right way', () => {
    const hears = CHROMIUM.replace('a=sendrecv', 'a=recvonly') + audioSection.replace('a=mid:0', 'a=mid:1');
    expect(chosen(hears, 'listener')).toBe('0');
    expect(chosen(hears, 'broadcaster')).toBe('1');
  });

  it('that is taken which holds Opus', () => {
    const offer = CHROMIUM.replace(audioSection, pcmu) + audioSection.replace('a=mid:0', 'a=mid:1');
    expect(chosen(offer, 'broadcaster')).toBe('1');
  });

  it('the first says what is wrong when none will do', () => {
    expect(() => reduceOffer(CHROMIUM.replace(audioSection, pcmu) + pcmu.replace('a=mid:0', 'a=mid:1'))).toThrow(
      'no Opus',
    );
  });
});

describe('what stays allowed', () => {
  it.each([
    ['a second, disabled audio m-line', `${CHROMIUM}m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n`],
    ['256 candidates', withLines(252, 'a=candidate:1 1 udp 1 192.0.2.9 9 typ host')],
    ['candidates that cannot be read', withLines(1, 'a=candidate:')],
    ['empty lines at the end', `${CHROMIUM}\r\n\r\n`],
    ['no line end at the end', CHROMIUM.trimEnd()],
  ])('is %s', (_what, offer) => {
    expect(reduceOffer(offer)).toMatchObject({ iceUfrag: 'XRlV', audio: reduceOffer(CHROMIUM).audio });
  });
});
