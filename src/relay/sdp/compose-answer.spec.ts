import { describe, expect, it } from 'vitest';
import { OFFER_NAMES, recordedOffer } from '../../../test/support/offers.js';
import { composeAnswer, type AnswerOptions } from './compose-answer.js';
import { parseSdp } from './parse-sdp.js';
import { reduceOffer } from './reduce-offer.js';

const FINGERPRINT = `sha-256 ${'79:E4:'.repeat(15)}79:E4`;
const TRANSPORT = {
  iceUfrag: 'WCpz',
  icePwd: 'mFCiLvrBBZ4UG4JiOfxNhs',
  fingerprint: FINGERPRINT,
  setup: 'passive',
  tlsId: 'c2b6a1f09d3e47a58bd2',
  hostAddresses: ['fd00::2', '192.168.1.5'],
  port: 42749,
} as const;
const TRACK = { ssrc: 1234, cname: 'relay', streamId: 'azaan', trackId: 'voice' };

function answerTo(name: string, options: Partial<AnswerOptions> = {}): string[] {
  const offer = reduceOffer(recordedOffer(name));
  const opus = { ptimeMs: 60, maxBitrate: 24_000 };
  const text = composeAnswer({
    offer,
    transport: TRANSPORT,
    session: { id: '77', version: 3 },
    publicIps: [],
    opus,
    ...options,
  });
  expect(text.endsWith('\r\n')).toBe(true);
  return text.split('\r\n');
}

describe('the answer to a broadcaster', () => {
  it('asks for mono Opus in long packets, and takes the audio level', () => {
    expect(answerTo('firefox-like-broadcaster')).toEqual([
      'v=0',
      'o=- 77 3 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0',
      'a=ice-lite',
      'a=ice-options:ice2',
      'a=msid-semantic: WMS *',
      'm=audio 42749 UDP/TLS/RTP/SAVPF 109',
      'c=IN IP6 fd00::2',
      'a=mid:0',
      'a=rtcp-mux',
      'a=rtpmap:109 opus/48000/2',
      'a=recvonly',
      'a=fmtp:109 minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=24000',
      'a=ptime:60',
      'a=maxptime:60',
      'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'a=ice-ufrag:WCpz',
      'a=ice-pwd:mFCiLvrBBZ4UG4JiOfxNhs',
      `a=fingerprint:${FINGERPRINT}`,
      'a=setup:passive',
      'a=candidate:1 1 udp 2130706431 fd00::2 42749 typ host',
      'a=candidate:2 1 udp 2130706175 192.168.1.5 42749 typ host',
      'a=end-of-candidates',
      '',
    ]);
  });

  it('has no extension that was not offered', () => {
    expect(answerTo('no-mids').filter((line) => line.startsWith('a=extmap'))).toEqual([]);
  });

  it('never says that packets may be shorter than it asks for', () => {
    expect(answerTo('chromium-156-broadcaster', { opus: { ptimeMs: 120, maxBitrate: 1 } })).toContain('a=maxptime:120');
  });
});

describe('the answer to a listener', () => {
  it('names one stream and one source, and no extensions', () => {
    const lines = answerTo('chromium-156-listener', { track: TRACK });
    expect(lines.slice(lines.indexOf('a=sendonly'), lines.indexOf('a=ice-ufrag:WCpz'))).toEqual([
      'a=sendonly',
      'a=fmtp:111 minptime=10;useinbandfec=1;sprop-stereo=0',
      'a=ptime:60',
      'a=msid:azaan voice',
      'a=ssrc:1234 cname:relay',
      'a=ssrc:1234 msid:azaan voice',
    ]);
  });
});

describe('every answer', () => {
  it.each(OFFER_NAMES)('mirrors the m-lines of %s', (name) => {
    const mirrored = parseSdp(answerTo(name).join('\r\n'));
    const offered = parseSdp(recordedOffer(name));
    const shape = ({ sections }: typeof offered) =>
      sections.map(({ media, protocol, attributes }) => ({ media, protocol, mid: attributes.get('mid') }));
    expect(shape(mirrored)).toEqual(shape(offered));
    expect(mirrored.sections.map(({ port }) => port !== 0)).toEqual(
      mirrored.sections.map(({ media }) => media === 'audio'),
    );
  });

  it('rejects video and data with port 0, outside of the bundle', () => {
    const lines = answerTo('chromium-156-video-audio-data');
    expect(lines).toContain('a=group:BUNDLE 1');
    expect(lines.slice(8, 12)).toEqual(['m=video 0 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=inactive']);
    expect(lines.slice(-5, -1)).toEqual([
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      'a=mid:2',
      'a=inactive',
    ]);
  });

  it('has no mid and no bundle when the offer has none', () => {
    expect(answerTo('no-mids').filter((line) => /^a=(mid|group)/.test(line))).toEqual([]);
  });

  it('has a mid but no bundle when the offer has mids alone', () => {
    const offer = reduceOffer(recordedOffer('chromium-156-listener').replace('a=group:BUNDLE 0\r\n', ''));
    const lines = answerTo('chromium-156-listener', { offer });
    expect(lines).toContain('a=mid:0');
    expect(lines.filter((line) => line.startsWith('a=group'))).toEqual([]);
  });

  it('announces public addresses first, with falling priorities, and none twice', () => {
    const lines = answerTo('chromium-156-listener', { publicIps: ['203.0.113.7', '2001:DB8:0::1', 'FD00::2'] });
    expect(lines).toContain('c=IN IP4 203.0.113.7');
    expect(lines.filter((line) => line.startsWith('a=candidate'))).toEqual([
      'a=candidate:1 1 udp 2130706431 203.0.113.7 42749 typ host',
      'a=candidate:2 1 udp 2130706175 2001:db8::1 42749 typ host',
      'a=candidate:3 1 udp 2130705919 fd00::2 42749 typ host',
      'a=candidate:4 1 udp 2130705663 192.168.1.5 42749 typ host',
    ]);
  });

  it('names its DTLS association to those who name theirs', () => {
    const named = recordedOffer('chromium-156-listener').replace('a=setup', `a=tls-id:${'x'.repeat(20)}\r\na=setup`);
    const line = 'a=tls-id:c2b6a1f09d3e47a58bd2';
    expect(answerTo('chromium-156-listener', { offer: reduceOffer(named) })).toContain(line);
    expect(answerTo('chromium-156-listener')).not.toContain(line);
  });
});
