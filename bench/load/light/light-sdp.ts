import { randomBytes, randomInt } from 'node:crypto';
import type { OfferedFingerprint } from '../../../src/relay/media/engine/dtls/fingerprint.js';

export interface LightOffer {
  readonly ufrag: string;
  /** As `a=fingerprint` has it. */
  readonly fingerprint: string;
  readonly address: string;
  readonly port: number;
}

/** The offer of a listener with one host candidate. */
export function writeLightOffer({ ufrag, fingerprint, address, port }: LightOffer): string {
  return [
    'v=0',
    `o=- ${randomInt(2 ** 47)} 1 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${randomBytes(18).toString('base64')}`,
    `a=fingerprint:${fingerprint}`,
    'a=setup:actpass',
    `a=candidate:1 1 UDP 2130706431 ${address} ${port} typ host`,
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

export interface LightAnswer {
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: OfferedFingerprint;
  readonly address: string;
  readonly port: number;
}

/** @throws Error for an answer of another kind than the relay's */
export function readLightAnswer(sdp: string): LightAnswer {
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(sdp)?.[1];
    if (found === undefined) throw new Error('not an answer of this relay');
    return found;
  };
  const [address = '', port] = find(/^a=candidate:\S+ 1 udp \d+ ([\d.]+ \d+) typ host/im).split(' ');
  return {
    ufrag: find(/^a=ice-ufrag:(\S+)/m),
    pwd: find(/^a=ice-pwd:(\S+)/m),
    fingerprint: { hash: 'sha-256', value: find(/^a=fingerprint:sha-256 (\S+)/m) },
    address,
    port: Number(port),
  };
}
