import { IceLiteOfferError, MalformedSdpError, NoOpusAudioError } from '../../errors/app-error.js';
import { readOfferedTransport } from './offered-transport.js';
import { parseSdp, type SdpAttributes, type SdpSection, type SdpText } from './parse-sdp.js';
import { suits, type PeerRole } from './require-direction.js';
import type { OfferedAudio, OfferSection, ReducedOffer } from './reduced-offer.js';

/** What an offer without `a=mid` calls its audio section towards the media engine. */
const UNNAMED_MID = '0';
const MID = /^[\w!#$%&'*+\-.^`{|}~]{1,32}$/;
/** The profiles of RFC 8829, 5.1.2: all of them mean RTP over DTLS when a fingerprint stands beside them. */
const RTP_PROTOCOL = /^(?:(?:UDP\/TLS|TCP\/DTLS)\/)?RTP\/S?AVPF?$/;
/** RFC 7587, 7: always 48 kHz and two channels, whatever is sent. */
const OPUS_RTPMAP = /^(\d{1,3}) opus\/48000\/2$/i;
/** One-byte header extension ids end at 14 (RFC 8285, 4.2). */
const AUDIO_LEVEL_EXTMAP = /^(\d{1,3})(?:\/(?:sendrecv|sendonly))? urn:ietf:params:rtp-hdrext:ssrc-audio-level$/;
const MAX_ONE_BYTE_EXTENSION_ID = 14;
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

/**
 * Validates an SDP offer (RFC 8866, RFC 8829) and reduces it to what the relay needs: one voice. Of several audio m-lines it
 * takes the first that can carry it.
 *
 * @param role of whoever offers, if it matters
 * @throws MalformedSdpError when it is not a sound offer, or exceeds a bound
 * @throws NoOpusAudioError when it is sound, but holds no usable Opus audio
 * @throws IceLiteOfferError when it is of an ICE-lite agent
 */
export function reduceOffer(sdp: string, role?: PeerRole): ReducedOffer {
  const offer = parseSdp(sdp);
  if (offer.session.has('ice-lite')) throw new IceLiteOfferError();
  const mids = offer.sections.map(readMid);
  const named = mids.filter((mid) => mid !== undefined);
  if (new Set(named).size !== named.length) throw new MalformedSdpError('Two m-lines of the offer have the same mid.');

  const audio = findAudio(offer, role);
  if (offer.origin === undefined) throw new MalformedSdpError('The second line of the offer is not a sound o= line.');
  const mid = mids[offer.sections.indexOf(audio)];
  const bundle = mid === undefined ? undefined : bundleOf(offer, mid);
  const carrier = bundle && offer.sections[mids.indexOf(bundle[0])];
  return {
    sections: offer.sections.map((section, index) => toOfferSection(section, section === audio, mids[index])),
    ...readOfferedTransport(offer, audio, carrier),
    origin: offer.origin,
    audio: readAudio(offer, audio, mid, bundle !== undefined),
  };
}

function readMid({ attributes }: SdpSection): string | undefined {
  const mid = attributes.get('mid')?.[0];
  if (mid !== undefined && !MID.test(mid))
    throw new MalformedSdpError('A mid of the offer is not a token of 1 to 32 characters.');
  return mid;
}

/** The mids of the BUNDLE group that holds `mid`, as offered. */
function bundleOf(offer: SdpText, mid: string): readonly string[] | undefined {
  return offer.session
    .get('group')
    ?.map((group) => group.split(' '))
    .find(([semantics, ...mids]) => semantics === 'BUNDLE' && mids.includes(mid))
    ?.slice(1);
}

function findAudio(offer: SdpText, role: PeerRole | undefined): SdpSection {
  const usable = offer.sections.filter(isUsableAudio);
  const carries = (section: SdpSection): boolean =>
    findOpus(section) !== undefined && (role === undefined || suits(directionOf(offer, section), role));
  const audio = usable.find(carries) ?? usable[0];
  if (audio === undefined) throw new NoOpusAudioError('The offer has no usable audio m-line.');
  return audio;
}

/** Port 0 means disabled, but not for an m-line that exists in its bundle only (RFC 9143, 6). */
function isUsableAudio({ media, port, protocol, attributes }: SdpSection): boolean {
  return media === 'audio' && (port !== 0 || attributes.has('bundle-only')) && RTP_PROTOCOL.test(protocol);
}

function toOfferSection(section: SdpSection, isAudio: boolean, mid: string | undefined): OfferSection {
  const { media, protocol, formats } = section;
  return { kind: isAudio ? 'audio' : 'rejected', media, protocol, format: formats[0], mid };
}

function readAudio(offer: SdpText, section: SdpSection, mid: string | undefined, bundled: boolean): OfferedAudio {
  return {
    mid: mid ?? UNNAMED_MID,
    bundled,
    payloadType: readOpusPayloadType(section),
    audioLevelExtensionId: readAudioLevelId(section.attributes) ?? readAudioLevelId(offer.session),
    direction: directionOf(offer, section),
  };
}

/** The first of its formats that is Opus. */
function findOpus({ formats, attributes }: SdpSection): string | undefined {
  const opus = new Set(attributes.get('rtpmap')?.map((rtpmap) => OPUS_RTPMAP.exec(rtpmap)?.[1]));
  return formats.find((each) => opus.has(each) && isPayloadType(Number(each)));
}

function readOpusPayloadType(section: SdpSection): number {
  const format = findOpus(section);
  if (format === undefined) throw new NoOpusAudioError('The audio of the offer has no Opus (opus/48000/2).');
  return Number(format);
}

/** With rtcp-mux, 64 to 95 would read as RTCP packet types (RFC 5761, 4). */
function isPayloadType(value: number): boolean {
  return value <= 127 && !(value >= 64 && value <= 95);
}

function readAudioLevelId(attributes: SdpAttributes): number | undefined {
  return attributes
    .get('extmap')
    ?.map((extmap) => Number(AUDIO_LEVEL_EXTMAP.exec(extmap)?.[1]))
    .find((id) => id >= 1 && id <= MAX_ONE_BYTE_EXTENSION_ID);
}

function directionOf(offer: SdpText, { attributes }: SdpSection): OfferedAudio['direction'] {
  return readDirection(attributes) ?? readDirection(offer.session) ?? 'sendrecv';
}

function readDirection(attributes: SdpAttributes): OfferedAudio['direction'] | undefined {
  return DIRECTIONS.find((direction) => attributes.has(direction));
}
