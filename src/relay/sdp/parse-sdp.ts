import { MalformedSdpError } from '../../errors/app-error.js';
import { MAX_FORMATS, MAX_LINE_CHARACTERS, MAX_SDP_BYTES, MAX_SDP_LINES, MAX_SECTIONS } from './sdp-limits.js';

/** Values of `a=` lines by attribute name, in their order; a flag such as `a=rtcp-mux` has the value `''`. */
export type SdpAttributes = ReadonlyMap<string, readonly string[]>;

export interface SdpText {
  /** Undefined when the second line is not one. */
  readonly origin: SdpOrigin | undefined;
  /** Attributes before the first m-line. */
  readonly session: SdpAttributes;
  readonly sections: readonly SdpSection[];
}

/** The `o=` line (RFC 8866, 5.2). */
export interface SdpOrigin {
  /** All of it but the version: the same for every description of one session. */
  readonly identity: string;
  /** Decimal digits, rising with every description of the session. */
  readonly version: string;
}

export interface SdpSection {
  readonly media: string;
  readonly port: number;
  readonly protocol: string;
  /** At least one. */
  readonly formats: readonly [string, ...string[]];
  readonly attributes: SdpAttributes;
}

/** RFC 8866 `token`. */
const TOKEN = /^[\w!#$%&'*+\-.^`{|}~]{1,32}$/;
const PROTOCOL = /^[\w!#$%&'*+\-.^`{|}~/]{1,64}$/;
const PORT = /^(\d{1,5})(?:\/\d{1,5})?$/;
/** `<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>` */
const ORIGIN = /^o=(\S{1,255} \d{1,32}) (\d{1,32}) ([\w-]{1,32} [\w-]{1,32} \S{1,255})$/;
const LINE = /^[a-z]=/;
// eslint-disable-next-line no-control-regex -- finding control characters is its purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * Splits SDP (RFC 8866) into its sections, within bounds and in one pass. Lines end in CRLF or LF. What the values mean
 * is left to the caller.
 *
 * @throws MalformedSdpError when it is no SDP or exceeds a bound
 */
export function parseSdp(sdp: string): SdpText {
  const session = new Map<string, string[]>();
  const sections: SdpSection[] = [];
  let attributes = session;
  const lines = sdpLines(sdp);
  for (const line of lines) {
    if (line.startsWith('a=')) {
      addAttribute(attributes, line.slice(2));
    } else if (line.startsWith('m=')) {
      if (sections.length === MAX_SECTIONS)
        throw new MalformedSdpError(`The SDP has more than ${MAX_SECTIONS} m-lines.`);
      attributes = new Map();
      sections.push({ ...parseMediaLine(line.slice(2)), attributes });
    }
  }
  return { origin: parseOrigin(lines[1] ?? ''), session, sections };
}

function sdpLines(sdp: string): string[] {
  // The first test is the cheaper one; a character has at least one byte.
  if (sdp.length > MAX_SDP_BYTES || Buffer.byteLength(sdp) > MAX_SDP_BYTES) {
    throw new MalformedSdpError(`The SDP is longer than ${MAX_SDP_BYTES} bytes.`);
  }
  const lines = sdp.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_SDP_LINES) throw new MalformedSdpError(`The SDP has more than ${MAX_SDP_LINES} lines.`);
  if (lines[0] !== 'v=0') throw new MalformedSdpError('The SDP does not begin with v=0.');
  for (const line of lines) {
    if (line.length > MAX_LINE_CHARACTERS) {
      throw new MalformedSdpError(`A line of the SDP is longer than ${MAX_LINE_CHARACTERS} characters.`);
    }
    if (CONTROL_CHARACTER.test(line)) throw new MalformedSdpError('The SDP contains a control character.');
    if (!LINE.test(line)) throw new MalformedSdpError('A line of the SDP does not have the form <type>=<value>.');
  }
  return lines;
}

/** RFC 8866, 5: it follows the version. */
function parseOrigin(line: string): SdpOrigin | undefined {
  const [, session, version, address] = ORIGIN.exec(line) ?? [];
  if (session === undefined || version === undefined || address === undefined) return undefined;
  return { identity: `${session} ${address}`, version };
}

function addAttribute(attributes: Map<string, string[]>, text: string): void {
  const colon = text.indexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  const value = colon === -1 ? '' : text.slice(colon + 1);
  const values = attributes.get(name);
  if (values === undefined) attributes.set(name, [value]);
  else values.push(value);
}

/** `<media> <port>[/<count>] <protocol> <format> …` */
function parseMediaLine(text: string): Omit<SdpSection, 'attributes'> {
  const [media = '', portText = '', protocol = '', ...formats] = text.split(' ');
  const [format, ...otherFormats] = formats;
  const port = Number(PORT.exec(portText)?.[1] ?? Number.NaN);
  if (
    !TOKEN.test(media) ||
    !(port <= 65_535) ||
    !PROTOCOL.test(protocol) ||
    format === undefined ||
    formats.length > MAX_FORMATS ||
    !formats.every((each) => TOKEN.test(each))
  ) {
    throw new MalformedSdpError('An m-line of the SDP is malformed.');
  }
  return { media, port, protocol, formats: [format, ...otherFormats] };
}
