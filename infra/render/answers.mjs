import { chmodSync, readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { replaceFile } from './files.mjs';
import { RELAY_SETTINGS, relaySettings, SET_BY_INIT } from './relay-settings.mjs';
import { VARIABLES } from './variables.mjs';

const OWNER_ONLY = 0o600;
const NO_VARIABLE = 'no variable of infra/azaan.env.example or .env.example';
/** Of all media workers together, from `MEDIA_UDP_PORT_BASE` on; the relay's own number, as a test sees to. */
export const MEDIA_PORTS = 16;
const ACME_DIRECTORIES = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** Names whose values only their owner may read. */
export const SECRET_NAMES = new Set([
  ...VARIABLES.filter(({ make, secret }) => make !== undefined || secret).map(({ name }) => name),
  'TURN_SECRETS_LIST',
]);

/**
 * Reads the answers and checks all of them at once.
 *
 * @param {string} path
 * @param {string} examplePath values for names that the answers leave out, but for those that make a server this one
 * @returns {Map<string, string>} by name, in the order of VARIABLES, and then the relay's own; secrets may be empty
 * @throws {Error} one line for every name that is unknown, missing or wrong
 */
export function readAnswers(path, examplePath) {
  const given = parseEnv(readFileSync(path, 'utf8'));
  const fallback = parseEnv(readFileSync(examplePath, 'utf8'));
  const known = new Set([...VARIABLES.map(({ name }) => name), ...RELAY_SETTINGS]);
  const problems = Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => `${name} is ${SET_BY_INIT.has(name) ? 'set by infra/init.sh itself' : NO_VARIABLE}`);

  const answers = new Map();
  for (const { name, problem, own, optional, make } of VARIABLES) {
    const value = (given[name] ?? (own ? undefined : fallback[name]) ?? '').trim();
    answers.set(name, value);
    const wrong = value === '' ? (optional || make ? undefined : 'is missing') : problem(value);
    if (wrong !== undefined) problems.push(`${name} ${wrong}`);
  }
  for (const name of RELAY_SETTINGS) answers.set(name, given[name]?.trim() || (fallback[name] ?? ''));
  for (const { name, needs = [] } of VARIABLES.filter((variable) => answers.get(variable.name) !== '')) {
    const absent = needs.filter((needed) => answers.get(needed) === '');
    problems.push(...absent.map((needed) => `${needed} is missing, which ${name} needs`));
  }
  problems.push(...(problems.length === 0 ? problemsTogether(answers) : []));
  if (problems.length > 0) throw new Error(problems.map((line) => `${path}: ${line}`).join('\n'));
  return answers;
}

/** What is wrong with answers that are right each for itself. */
function problemsTogether(answers) {
  const number = (name) => Number(answers.get(name));
  const capacity = number('TURN_ALLOCATIONS') * number('TURN_MAX_BPS');
  return [
    answers.get('TURN_DOMAIN') === answers.get('DOMAIN') &&
      'TURN_DOMAIN must be another name than DOMAIN: it tells TURN from HTTPS',
    number('TURN_TOTAL_BPS') < capacity &&
      `TURN_TOTAL_BPS must be ${capacity} or more: TURN_ALLOCATIONS times TURN_MAX_BPS, which coturn sets aside`,
  ].filter(Boolean);
}

/**
 * Makes the secrets that are empty.
 *
 * @param {Map<string, string>} answers gets the new values
 * @returns {string[]} the names of what was made
 */
export function makeSecrets(answers) {
  const missing = VARIABLES.filter(({ name, make }) => make !== undefined && answers.get(name) === '');
  for (const { name, make } of missing) answers.set(name, make());
  return missing.map(({ name }) => name);
}

/**
 * Writes secrets that were made to the file of the answers, which only its owner can read afterwards.
 *
 * @param {string} path
 * @param {ReadonlyMap<string, string>} answers
 * @param {readonly string[]} names of what was made
 */
export function keepSecrets(path, answers, names) {
  if ((statSync(path).mode & 0o777) !== OWNER_ONLY) chmodSync(path, OWNER_ONLY);
  if (names.length === 0) return;
  let text = readFileSync(path, 'utf8');
  for (const name of names) {
    const [line, made] = [new RegExp(`^${name}=.*$`, 'm'), `${name}=${answers.get(name)}`];
    text = line.test(text) ? text.replace(line, () => made) : `${text.trimEnd()}\n${made}\n`;
  }
  replaceFile(path, text, OWNER_ONLY);
}

/**
 * What templates may use: the answers, and what follows from them.
 *
 * @param {ReadonlyMap<string, string>} answers
 * @returns {Map<string, string | boolean | readonly string[]>}
 */
export function templateValues(answers) {
  const answer = (name) => answers.get(name) ?? '';
  const publicIp = answer('PUBLIC_IP');
  const privateIp = answer('PRIVATE_IP') || publicIp;
  const mediaBase = Number(answer('MEDIA_UDP_PORT_BASE'));
  return new Map([
    ...answers,
    ['PRIVATE_IP', privateIp],
    // Each after a space, so that the list may be empty.
    ['ADMIN_CIDRS_LIST', answer('ADMIN_CIDRS').replace(/^(?=.)/, ' ')],
    ['ADMIN_CIDRS', answer('ADMIN_CIDRS').split(/\s+/).filter(Boolean)],
    ['TURN_SECRETS', answer('TURN_SECRETS').split(',')],
    ['TURN_SECRETS_LIST', answer('TURN_SECRETS')],
    ['HSTS', answer('HSTS') === 'on'],
    ['TRANSLATED', privateIp !== publicIp],
    ['REBOOTS_BY_HAND', answer('REBOOT_AT') === ''],
    ['MEDIA_UDP_PORT_LAST', String(mediaBase + MEDIA_PORTS - 1)],
    ['RESERVED_PORTS', reservedPorts(mediaBase, answer)],
    ['PUBLIC_URL', answer('PUBLIC_URL') || publicUrl(answer('DOMAIN'), answer('HTTPS_PORT'))],
    ['ALERT_EMAIL_FROM', answer('ALERT_EMAIL_FROM') || `azaan-relay@${answer('DOMAIN')}`],
    ['ACME_DIRECTORY', answer('ACME_DIRECTORY') || ACME_DIRECTORIES[answer('ACME')]],
    ['RELAY_SETTINGS', relaySettings(answers)],
  ]);
}

/** As the kernel tells them: in their order, and two ranges that touch as one. */
function reservedPorts(mediaBase, answer) {
  const media = [mediaBase, mediaBase + MEDIA_PORTS - 1];
  const turn = ['TURN_RELAY_MIN_PORT', 'TURN_RELAY_MAX_PORT'].map((name) => Number(answer(name)));
  const [[first, end], [next, last]] = [media, turn].sort(([a], [b]) => a - b);
  return next <= end + 1 ? `${first}-${Math.max(end, last)}` : `${first}-${end},${next}-${last}`;
}

function publicUrl(domain, httpsPort) {
  return httpsPort === '443' ? `https://${domain}` : `https://${domain}:${httpsPort}`;
}
