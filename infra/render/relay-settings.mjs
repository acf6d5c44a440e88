import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

const RELEASE = resolve(import.meta.dirname, '../..');
const namesIn = (path) => Object.keys(parseEnv(readFileSync(join(RELEASE, path), 'utf8')));

/** Variables of the relay that its template sets, to what the rest of the server is made for. */
export const SET_BY_INIT = new Set(namesIn('infra/parts/relay/files/etc/azaan/relay.env.tmpl'));

/** Variables of the relay that the answers may set. The relay alone judges them: `npm run check-config`. */
export const RELAY_SETTINGS = namesIn('.env.example').filter((name) => !SET_BY_INIT.has(name));

/**
 * @param {ReadonlyMap<string, string>} answers
 * @returns {string[]} lines for the relay's file, which it reads as the answers are read
 */
export function relaySettings(answers) {
  return RELAY_SETTINGS.filter((name) => answers.get(name)).map((name) => `${name}=${quoted(answers.get(name))}`);
}

/** Text that begins with a quote, or goes on behind a hash sign or over lines, stands between quotes that it does not have. */
function quoted(value) {
  if (!/^['"`]|[#\n]/.test(value)) return value;
  const quote = ["'", '`', '"'].find((each) => !value.includes(each));
  return `${quote}${value}${quote}`;
}
