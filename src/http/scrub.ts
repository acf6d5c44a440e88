const REST_OF_STRING = String.raw`(?:[^"\\]|\\.)*`;

/** What each kind of secret looks like within a line of JSON, and what stands there instead. */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // A member that is named for what must not be told, whatever it holds.
  [
    new RegExp(
      String.raw`"(sdp|offer|answer|token|authorization|cookie|credential|password|secret|privateKeyPem)":"${REST_OF_STRING}"`,
      'gi',
    ),
    '"$1":"[redacted]"',
  ],
  // RFC 7519: three parts, of which the first begins with {" in base64url.
  [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token]'],
  [/(?:\b|(?<=\\[rn]))Bearer [^\s"\\]{8,}/gi, 'Bearer [token]'],
  // RFC 8866, from its first line, or the first that tells of addresses or keys, to the end of the string.
  [
    new RegExp(
      String.raw`(?:v=0\\+[rn]|(?:\b|(?<=\\[rn]))(?:a=(?:ice-|candidate:|fingerprint:|crypto:|rtpmap:|extmap:|ssrc)|m=audio |o=\S+ \d+ \d+ IN |c=IN IP))${REST_OF_STRING}`,
      'g',
    ),
    '[sdp]',
  ],
  [new RegExp(`-----BEGIN ${REST_OF_STRING}`, 'g'), '[pem]'],
  // Keys, and TURN credentials: base64 of 20 bytes or more. What follows a backslash is part of an escape.
  [/(?<!\\)[A-Za-z\d+/]{26,}={1,2}/g, '[secret]'],
];

/** Far cheaper than the replacements, of which hardly any line needs one. */
const ANY_SECRET = new RegExp(SECRETS.map(([{ source }]) => source).join('|'), 'i');

/**
 * The last net: nothing here logs a secret, and a line that does all the same, such as an error of some library that quotes
 * what it was given, goes out without it.
 *
 * @param line one line of JSON
 */
export function scrub(line: string): string {
  if (!ANY_SECRET.test(line)) return line;
  return SECRETS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}
