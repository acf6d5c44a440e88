import { describe, expect, it } from 'vitest';
import { OFFER_NAMES, recordedOffer } from '../../../test/support/offers.js';
import { composeAnswer, readEngineTransport, type AnswerOptions } from './compose-answer.js';
import { engineOffer } from './engine-offer.js';
import { parseSdp } from './parse-sdp.js';
import { reduceOffer } from './reduce-offer.js';

const FINGERPRINT = `sha-256 ${'79:E4:'.repeat(15)}79:E4`;
const ENGINE_ANSWER = [
  'v=0',
  'o=rtc 22050111 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=group:LS 0',
  'a=msid-semantic:WMS *',
  'a=ice-options:ice2,trickle',
  `a=fingerprint:${FINGERPRINT}`,
  'm=audio 42749 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 192.168.1.5',
  'a=mid:0',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=setup:active',
  'a=ice-ufrag:WCpz',
  'a=ice-pwd:mFCiLvrBBZ4UG4JiOfxNhs',
  'a=candidate:2 1 UDP 2114977535 192.168.1.5 42749 typ host',
  'a=candidate:1 1 UDP 2122317823 fd00::2 42749 typ host',
  'a=candidate:3 1 UDP 1678769919 203.0.113.9 42749 typ srflx raddr 0.0.0.0 rport 0',
  'a=end-of-candidates',
  '',
].join('\r\n');
const TRANSPORT = {
  iceUfrag: 'WCpz',
  icePwd: 'mFCiLvrBBZ4UG4JiOfxNhs',
  fingerprint: FINGERPRINT,
  setup: 'active',
  hostAddresses: ['fd00::2', '192.168.1.5'],
  port: 42749,
} as const;
const TRACK = { ssrc: 1234, cname: 'relay', streamId: 'azaan', trackId: 'voice' };

function answerTo(name: string, options: Partial<AnswerOptions> = {}): string[] {
  const offer = reduceOffer(recordedOffer(name));
  const opus = { ptimeMs: 60, maxBitrate: 24_000 };
  const text = composeAnswer({ offer, transport: TRANSPORT, publicIps: [], opus, ...options });
  expect(text.endsWith('\r\n')).toBe(true);
  return text.split('\r\n');
}

describe('the transport of the engine', () => {
  it('is read with its best host address first', () => {
    expect(readEngineTransport(ENGINE_ANSWER)).toEqual(TRANSPORT);
  });

  it.each(['a=ice-ufrag', 'a=ice-pwd', 'a=fingerprint', 'a=setup', 'a=candidate'])('needs %s', (line) => {
    const text = ENGINE_ANSWER.replaceAll(line, 'a=x');
    expect(() => readEngineTransport(text)).toThrow('engine');
  });
});

describe('the answer to a broadcaster', () => {
  it('asks for mono Opus in long packets, and takes the audio level', () => {
    const [version, origin, ...lines] = answerTo('firefox-like-broadcaster');
    expect(version).toBe('v=0');
    expect(origin).toMatch(/^o=- \d+ 1 IN IP4 127\.0\.0\.1$/);
    expect(lines).toEqual([
      's=-',
      't=0 0',
      'a=group:BUNDLE 0',
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
      'a=setup:active',
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
    expect(lines.slice(6, 10)).toEqual(['m=video 0 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=inactive']);
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

  it('announces a detour last, for IPv4', () => {
    const lines = answerTo('chromium-156-listener', { publicIps: ['203.0.113.7'], detourPort: 49_167 });
    expect(lines.filter((line) => line.startsWith('a=candidate'))).toEqual([
      'a=candidate:1 1 udp 2130706431 203.0.113.7 42749 typ host',
      'a=candidate:2 1 udp 2130706175 fd00::2 42749 typ host',
      'a=candidate:3 1 udp 2130705919 192.168.1.5 42749 typ host',
      'a=candidate:4 1 udp 2130705663 203.0.113.7 49167 typ host',
      'a=candidate:5 1 udp 2130705407 192.168.1.5 49167 typ host',
    ]);
  });
});

describe('the offer for the engine', () => {
  it('is one bundled Opus m-line without candidates, sources and extensions', () => {
    expect(engineOffer(reduceOffer(recordedOffer('chromium-156-video-audio-data')), 'recvonly').split('\r\n')).toEqual([
      'v=0',
      'o=- 0 0 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=group:BUNDLE 1',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 0.0.0.0',
      'a=mid:1',
      'a=recvonly',
      'a=rtcp-mux',
      'a=rtpmap:111 opus/48000/2',
      'a=ice-ufrag:tasE',
      'a=ice-pwd:70CnXBdy4EQ4x4InNiJxNkKo',
      'a=fingerprint:sha-256 33:88:0F:36:CE:39:6B:BE:EC:52:F2:53:CA:ED:97:BD:00:A6:DD:89:3A:80:1F:0B:6B:35:B7:0C:8D:2A:8B:14',
      'a=setup:actpass',
      '',
    ]);
  });
});
