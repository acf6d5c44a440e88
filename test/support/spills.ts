import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** What no output of a server may hold, whatever happens to it. */
const FORBIDDEN: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['SDP', /v=0\\*[rn\r\n]|\b(?:a=(?:ice-|candidate|fingerprint)|m=audio )/],
  ['a token', /eyJ[\w-]{8,}\./],
  ['a PEM', /-----BEGIN /],
  ['a TURN credential', /(?<![\w+/])[A-Za-z\d+/]{27}=(?!=)/],
];

/** Printed on purpose, for who develops. */
const DEVELOPMENT_TOKEN = /^(?:broadcaster|admin) token\b/;

/** ICE passwords of all offers and answers that the tests of this process exchanged. */
const icePasswords = new Set<string>();

export function rememberIcePasswords(sdp: string): void {
  for (const [, password] of sdp.matchAll(/^a=ice-pwd:(\S{22,})$/gm)) icePasswords.add(password!);
}

/** The secrets that a server is configured with, as they are written there. */
export function configuredSecrets(env: NodeJS.ProcessEnv): string[] {
  const { ENV_FILE: file } = env;
  const all = { ...(file === undefined ? {} : parseEnv(readFileSync(file, 'utf8'))), ...env };
  const entries = [all['JWT_KEYS'], all['TURN_SECRETS']].flatMap((list) => (list ?? '').split(','));
  return entries
    .map((entry) =>
      entry
        .trim()
        .replace(/^[^:]*:/, '')
        .replace(/=+$/, ''),
    )
    .filter((text) => text !== '');
}

/**
 * Kinds of secrets in what a server wrote or showed; the secrets themselves are not repeated.
 *
 * @param own its configured secrets
 */
export function findSpills(lines: readonly string[], own: readonly string[]): string[] {
  const text = lines.filter((line) => !DEVELOPMENT_TOKEN.test(line)).join('\n');
  const holdsAny = (secrets: Iterable<string>): boolean => [...secrets].some((secret) => text.includes(secret));
  return [
    ...FORBIDDEN.filter(([, pattern]) => pattern.test(text)).map(([kind]) => kind),
    ...(holdsAny(icePasswords) ? ['an ICE password'] : []),
    ...(holdsAny(own) ? ['a configured secret'] : []),
  ];
}
