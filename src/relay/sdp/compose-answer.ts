import { randomInt } from 'node:crypto';
import type { OpusConfig } from '../../config/app-config.js';
import { isIPv4 } from 'node:net';
import { candidateLines, connectionData, distinctAddresses, type HostAddress } from './answer-candidates.js';
import type { OfferSection, ReducedOffer } from './reduced-offer.js';

/** What the media engine decided for its side of one peer. */
export interface EngineTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** Local addresses the media socket can be reached at, best first, all on `port`. */
  readonly hostAddresses: readonly string[];
  readonly port: number;
}

export interface ListenerTrack {
  readonly ssrc: number;
  readonly cname: string;
  readonly streamId: string;
  readonly trackId: string;
}

export interface AnswerOptions {
  readonly offer: ReducedOffer;
  readonly transport: EngineTransport;
  /** Announced before the host addresses. */
  readonly publicIps: readonly string[];
  /** Another port that leads to the same peer, IPv4 only; the last resort of the offerer. */
  readonly detourPort?: number | undefined;
  readonly opus: OpusConfig;
  /** Present for a listener (`sendonly`), absent for a broadcaster (`recvonly`). */
  readonly track?: ListenerTrack;
}

const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
/** Longer packets would make one lost packet audible, and the delay with it. */
const LONGEST_COMMON_PTIME_MS = 60;
const MAX_SESSION_ID = 2 ** 47;

/** The engine's transport lines, read from its own local description. */
export function readEngineTransport(localSdp: string): EngineTransport {
  const candidates = readHostCandidates(localSdp);
  const [best] = candidates;
  return {
    iceUfrag: engineValue(localSdp, /^a=ice-ufrag:(\S+)/m),
    icePwd: engineValue(localSdp, /^a=ice-pwd:(\S+)/m),
    fingerprint: engineValue(localSdp, /^a=fingerprint:(sha-256 \S+)/m),
    setup: engineValue(localSdp, /^a=setup:(active|passive)/m) === 'active' ? 'active' : 'passive',
    hostAddresses: candidates.filter(({ port }) => port === best.port).map(({ address }) => address),
    port: best.port,
  };
}

interface HostCandidate {
  readonly address: string;
  readonly port: number;
}

/** Where the engine can be reached, best first. */
function readHostCandidates(localSdp: string): readonly [HostCandidate, ...HostCandidate[]] {
  const [best, ...others] = [...localSdp.matchAll(/^a=candidate:\S+ 1 UDP (\d+) (\S+) (\d+) typ host/gim)]
    .map(([, priority, address = '', port]) => ({ priority: Number(priority), address, port: Number(port) }))
    .sort((a, b) => b.priority - a.priority);
  if (best === undefined) throw new Error('the media engine has no local address');
  return [best, ...others];
}

function engineValue(localSdp: string, pattern: RegExp): string {
  const value = pattern.exec(localSdp)?.[1];
  if (value === undefined) throw new Error(`the description of the media engine has no ${pattern.source}`);
  return value;
}

/** A whole answer: every m-line of the offer mirrored, audio accepted, all else rejected with port 0. CRLF line ends. */
export function composeAnswer(options: AnswerOptions): string {
  const { sections, audio } = options.offer;
  const lines = [
    'v=0',
    `o=- ${randomInt(1, MAX_SESSION_ID)} 1 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(audio.bundled ? [`a=group:BUNDLE ${audio.mid}`] : []),
    'a=msid-semantic: WMS *',
    ...sections.flatMap((section) =>
      section.kind === 'audio' ? audioSection(section, options) : rejectedSection(section),
    ),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** RFC 8829, 5.3.1 */
function rejectedSection({ media, protocol, format, mid }: OfferSection): string[] {
  return [`m=${media} 0 ${protocol} ${format}`, 'c=IN IP4 0.0.0.0', ...midLine(mid), 'a=inactive'];
}

function audioSection(section: OfferSection, options: AnswerOptions): string[] {
  const { offer, transport, publicIps, track } = options;
  const { payloadType } = offer.audio;
  const addresses = distinctAddresses([...publicIps, ...transport.hostAddresses]);
  return [
    `m=audio ${transport.port} ${section.protocol} ${payloadType}`,
    `c=${connectionData(addresses[0] ?? '0.0.0.0')}`,
    ...midLine(section.mid),
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    ...(track === undefined ? receivingLines(options) : sendingLines(options, track)),
    `a=ice-ufrag:${transport.iceUfrag}`,
    `a=ice-pwd:${transport.icePwd}`,
    `a=fingerprint:${transport.fingerprint}`,
    `a=setup:${transport.setup}`,
    ...candidateLines(hostsOf(addresses, options)),
    'a=end-of-candidates',
  ];
}

function hostsOf(addresses: readonly string[], { transport, detourPort }: AnswerOptions): HostAddress[] {
  const on = (port: number) => (address: string) => ({ address, port });
  const detour = detourPort === undefined ? [] : addresses.filter(isIPv4).map(on(detourPort));
  return [...addresses.map(on(transport.port)), ...detour];
}

function midLine(mid: string | undefined): string[] {
  return mid === undefined ? [] : [`a=mid:${mid}`];
}

/** What the relay wants from a broadcaster: RFC 7587, 6.1, its receiver preferences only. */
function receivingLines({ offer, opus }: AnswerOptions): string[] {
  const { payloadType, audioLevelExtensionId } = offer.audio;
  return [
    'a=recvonly',
    `a=fmtp:${payloadType} minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=${opus.maxBitrate}`,
    `a=ptime:${opus.ptimeMs}`,
    `a=maxptime:${Math.max(opus.ptimeMs, LONGEST_COMMON_PTIME_MS)}`,
    ...(audioLevelExtensionId === undefined ? [] : [`a=extmap:${audioLevelExtensionId} ${AUDIO_LEVEL_URI}`]),
  ];
}

/** What a listener will get. `a=msid` makes its `ontrack` give exactly one stream. */
function sendingLines({ offer, opus }: AnswerOptions, track: ListenerTrack): string[] {
  return [
    'a=sendonly',
    `a=fmtp:${offer.audio.payloadType} minptime=10;useinbandfec=1;sprop-stereo=0`,
    `a=ptime:${opus.ptimeMs}`,
    `a=msid:${track.streamId} ${track.trackId}`,
    `a=ssrc:${track.ssrc} cname:${track.cname}`,
    `a=ssrc:${track.ssrc} msid:${track.streamId} ${track.trackId}`,
  ];
}
