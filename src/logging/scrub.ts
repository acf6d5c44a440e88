import type { Secrets } from '../config/secrets.js';

const REST_OF_STRING = String.raw`(?:[^"\\]|\\.)*`;
/** Members that are named for what must not be told, whatever they hold. */
const TELLING_NAMES =
  'sdp|offer|answer|token|authorization|cookie|credential|password|secret|privateKeyPem|iceUfrag|icePwd|usernameFragment';
/** Where a run of base64 begins, and nowhere within it: after another character, or after an escaped line end. */
const BASE64_BEGINS = String.raw`(?:(?<![A-Za-z\d+/\\])|(?<=\\[rnt]))`;
const BASE64URL_BEGINS = String.raw`(?:(?<![\w\\-])|(?<=\\[rnt]))`;
/** Their values are chosen by callers or by this server, and are what a line is found by. */
const NAMES = String.raw`(?<!"(?:masjidId|connectionID|requestId|sub|jti|kid)":")`;

/** Letters of both cases and digits, as hardly a name or a path has them. @param others what else may be in the run */
const mixed = (others: string): string =>
  String.raw`(?=[a-z\d${others}]*[A-Z])(?=[A-Z\d${others}]*[a-z])(?=[A-Za-z${others}]*\d)`;

/** What each kind of secret looks like within a line of JSON, and what stands there instead. */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [new RegExp(String.raw`"(${TELLING_NAMES})":"${REST_OF_STRING}"`, 'gi'), '"$1":"[redacted]"'],
  // The same within JSON that is the value of a member, to its end.
  [new RegExp(String.raw`(?<!\\)(\\+")(${TELLING_NAMES})\\+":\\+"${REST_OF_STRING}`, 'gi'), '$1$2$1:$1[redacted]'],
  // RFC 7519: three parts, of which the first begins with {" in base64url; a long one may have been cut off.
  [/eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, '[token]'],
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
  // Keys, and TURN credentials: base64 of 20 bytes or more.
  [new RegExp(String.raw`${BASE64_BEGINS}[A-Za-z\d+/]{26,}={1,2}`, 'g'), '[secret]'],
  // The same without padding: base64url of 30 bytes or more; base64 of 45 or more, because paths have slashes too.
  [new RegExp(String.raw`${BASE64URL_BEGINS}${NAMES}${mixed('_-')}[\w-]{40,}`, 'g'), '[secret]'],
  [new RegExp(String.raw`${BASE64_BEGINS}${NAMES}${mixed('+/')}[A-Za-z\d+/]{60,}`, 'g'), '[secret]'],
];

/** Far cheaper than the replacements, of which hardly any line needs one. */
const ANY_SECRET = new RegExp(SECRETS.map(([{ source }]) => source).join('|'), 'i');

/** How secrets are written in a line of JSON, and in JSON within it: TURN secrets as they are, keys in both kinds of base64. */
export function writtenForms({ jwtKeys, turnSecrets }: Secrets): readonly string[] {
  const texts = turnSecrets.flatMap((secret) => {
    const once = escaped(secret.export().toString());
    return [once, escaped(once)];
  });
  const keys = jwtKeys.flatMap(({ key }) => [key.export().toString('base64'), key.export().toString('base64url')]);
  return [...texts, ...keys.map((key) => key.replace(/=+$/, ''))];
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * The last net: nothing here logs a secret, and a line that does all the same, such as an error of some library that quotes
 * what it was given, goes out without it.
 *
 * @param line one line of JSON
 * @param known secrets in their written forms, which go out of no line whatever they look like
 */
export function scrub(line: string, known: readonly string[] = []): string {
  if (!ANY_SECRET.test(line) && !known.some((secret) => line.includes(secret))) return line;
  const without = known.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
  return SECRETS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), without);
}
