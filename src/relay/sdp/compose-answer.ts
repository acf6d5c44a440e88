import type { OpusConfig } from '../../config/app-config.js';
import { candidateLines, connectionData, distinctAddresses } from './answer-candidates.js';
import type { OfferSection, ReducedOffer } from './reduced-offer.js';

/** The relay's side of the connection to one peer. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** Names its DTLS association (RFC 8842); told to those alone who name theirs. */
  readonly tlsId: string;
  /** Local addresses that the media socket can be reached at, best first, all on `port`. */
  readonly hostAddresses: readonly string[];
  readonly port: number;
}

/** The `o=` line of an answer. */
export interface AnswerSession {
  /** Decimal digits; the same for the life of a peer. */
  readonly id: string | number;
  /** One more with every new answer to the same peer (RFC 3264, 8). */
  readonly version: number;
}

export interface ListenerTrack {
  readonly ssrc: number;
  readonly cname: string;
  readonly streamId: string;
  readonly trackId: string;
}

export interface AnswerOptions {
  readonly offer: ReducedOffer;
  readonly transport: LocalTransport;
  readonly session: AnswerSession;
  /** Announced before the host addresses. */
  readonly publicIps: readonly string[];
  readonly opus: OpusConfig;
  /** Present for a listener (`sendonly`), absent for a broadcaster (`recvonly`). */
  readonly track?: ListenerTrack;
}

const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
/** Longer packets would make one lost packet audible, and the delay with it. */
const LONGEST_COMMON_PTIME_MS = 60;

/** A whole answer: every m-line of the offer mirrored, audio accepted, all else rejected with port 0. CRLF line ends. */
export function composeAnswer(options: AnswerOptions): string {
  const { offer, session } = options;
  const { sections, audio } = offer;
  const lines = [
    'v=0',
    `o=- ${session.id} ${session.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(audio.bundled ? [`a=group:BUNDLE ${audio.mid}`] : []),
    'a=ice-lite',
    'a=ice-options:ice2',
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
    ...tlsIdLine(options),
    ...candidateLines(addresses, transport.port),
    'a=end-of-candidates',
  ];
}

/** RFC 8842, 5.3: only when the offer has one. */
function tlsIdLine({ offer, transport }: AnswerOptions): string[] {
  return offer.tlsId === undefined ? [] : [`a=tls-id:${transport.tlsId}`];
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
