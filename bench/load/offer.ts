/** What Chromium offers beside Opus, and what it says about Opus: payload types and lines as its offers have them. */
const OTHER_FORMATS = '63 9 0 8 13 110 126';
const BROWSER_LINES = [
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=rtcp-fb:111 transport-cc',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
];

/** Widens an Opus-only offer of libdatachannel to what a browser would have sent, candidates kept. */
export function browserLikeOffer(sdp: string): string {
  const lines = sdp.split(/\r?\n/).filter(Boolean);
  const widened = lines.map((line) => (line.startsWith('m=audio ') ? `${line} ${OTHER_FORMATS}` : line));
  return [...widened, ...BROWSER_LINES, ''].join('\r\n');
}

/**
 * Takes the candidates out: a relay that checks towards them could finish DTLS with libdatachannel before the answer,
 * and with it the relay's fingerprint, is known.
 */
export function withoutCandidates(sdp: string): string {
  return sdp
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('a=candidate:') && line !== 'a=end-of-candidates')
    .join('\r\n');
}
