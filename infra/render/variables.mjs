import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';

/**
 * @typedef {object} Variable
 * @property {string} name as in the answers file
 * @property {(value: string) => string | undefined} problem what is wrong with a value that is not empty
 * @property {boolean} [own] what makes a server this one: the example's value stands for nothing
 * @property {boolean} [optional] may be empty
 * @property {() => string} [make] makes the value when it is empty; the value is a secret then
 * @property {boolean} [secret] also without `make`
 * @property {readonly string[]} [needs] may not be empty either when this one is not
 */

const matches = (pattern, wanted) => (value) => (pattern.test(value) ? undefined : `must be ${wanted}`);
const oneOf = (...values) => matches(new RegExp(`^(?:${values.join('|')})$`), values.join(' or '));

const hostName = matches(
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  'a host name in small letters',
);
const email = matches(/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/, 'an e-mail address');
const folder = matches(/^(?:\/[\w.-]+)+$/, 'an absolute path of letters, digits, dots and dashes');
const url = matches(/^https:\/\/[\w.:/-]+$/, 'an https URL');
const webUrl = matches(/^https?:\/\/[\w.:/?=&%~+-]+[^/]$/, 'a URL without a slash at the end');
const hostAndPort = matches(/^[\w.-]+:\d{1,5}$/, 'host:port');
const telegramChat = matches(/^-?\d{1,20}$/, 'a whole number');
const telegramToken = matches(/^\d+:[\w-]+$/, 'a number, a colon, and letters, digits, - and _');
/** Goes between single quotes. */
const quotable = matches(/^[^'"\\\p{Cc}]+$/u, 'without quotes and backslashes');
const fingerprint = matches(/^[0-9A-F]{40}$/, 'a fingerprint of 40 digits and capital letters');
const ipv4 = (value) => (isIPv4(value) ? undefined : 'must be an IPv4 address');

const integer = (min, max) => (value) =>
  /^\d{1,12}$/.test(value) && Number(value) >= min && Number(value) <= max
    ? undefined
    : `must be a whole number from ${min} to ${max}`;
const port = integer(1, 65_535);

function networks(value) {
  const seen = new Set();
  for (const network of value.split(/\s+/)) {
    const [address = '', bits = '32', ...rest] = network.split('/');
    // At least one bit: 0.0.0.0/0 would open ssh to everyone by a slip.
    if (rest.length > 0 || !isIPv4(address) || !/^(?:[1-9]|[12]\d|3[0-2])$/.test(bits))
      return `must be IPv4 networks such as 198.51.100.0/24, which ${network} is not`;
    // The firewall keeps networks, without what is behind their bits, and each once: other answers would never hold.
    const first = firstAddress(address, Number(bits));
    if (first !== address) return `has ${network}, which is ${first}/${bits} or ${address}/32`;
    if (seen.has(`${first}/${bits}`)) return `has ${first}/${bits} twice`;
    seen.add(`${first}/${bits}`);
  }
  return undefined;
}

function firstAddress(address, bits) {
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const first = number - (number % 2 ** (32 - bits));
  return [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.');
}

// A hash sign would start a comment in turnserver.conf, a comma separates secrets: base64url has neither.
const turnSecrets = matches(
  /^[\w-]{32,}(?:,[\w-]{32,})*$/,
  'secrets of at least 32 letters, digits, - and _, with commas between',
);
const jwtKeys = matches(
  /^[\w.-]+:[A-Za-z0-9+/]{43,}=*(?:,[\w.-]+:[A-Za-z0-9+/]{43,}=*)*$/,
  'kid:base64 of 32 bytes or more, with commas between',
);

const STORAGE = ['LOG_ARCHIVE_ENDPOINT', 'LOG_ARCHIVE_KEY_ID', 'LOG_ARCHIVE_SECRET'];
const bucket = matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a name of small letters, digits, dots and dashes');
// Logs hold addresses of people: unencrypted only within this machine, as tests have it.
const storageUrl = matches(
  /^(?:https:\/\/[\w.-]+(?::\d{1,5})?|http:\/\/127\.0\.0\.1:\d{1,5})$/,
  'https://host, without a path',
);
const word = matches(/^[\w.-]+$/, 'letters, digits, dots, dashes and underscores');
const storageSecret = matches(/^[\w+/=.~-]+$/, 'letters, digits and + / = . ~ - _');
const timeOfDay = matches(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'an hour and a minute, such as 01:30');

/** How the files of a server are laid out. Higher ones are of releases to come. */
const LAYOUT = 2;
const layout = (value) =>
  Number(value) <= LAYOUT ? undefined : 'is of a newer release (docs/operations/deploy.md, "Going back")';

/** Every variable of the answers file but those of the relay itself, in its order. @type {readonly Variable[]} */
export const VARIABLES = [
  { name: 'DOMAIN', problem: hostName, own: true },
  { name: 'TURN_DOMAIN', problem: hostName, own: true },
  { name: 'EMAIL', problem: email, own: true },
  { name: 'PUBLIC_IP', problem: ipv4, own: true },
  { name: 'PRIVATE_IP', problem: ipv4, optional: true },
  { name: 'ADMIN_CIDRS', problem: networks, own: true, optional: true },
  { name: 'TURN_SECRETS', problem: turnSecrets, make: () => randomBytes(32).toString('base64url') },
  { name: 'JWT_KEYS', problem: jwtKeys, make: () => `k1:${randomBytes(32).toString('base64')}` },
  { name: 'HSTS', problem: oneOf('on', 'off') },
  { name: 'ACME', problem: oneOf('production', 'staging') },
  { name: 'TURN_ALLOCATIONS_PER_CLIENT', problem: integer(3, 100_000) },
  { name: 'TURN_ALLOCATIONS', problem: integer(3, 8_000) },
  { name: 'TURN_MAX_BPS', problem: integer(1_000, 1_000_000_000) },
  { name: 'TURN_TOTAL_BPS', problem: integer(1_000, 10_000_000_000) },
  { name: 'CALLS_PER_SECOND', problem: integer(1, 100_000) },
  { name: 'CALLS_BURST', problem: integer(1, 100_000) },
  { name: 'CONNECTIONS_PER_ADDRESS', problem: integer(1, 65_535) },
  { name: 'RUNBOOKS_URL', problem: webUrl },
  { name: 'TELEGRAM_CHAT_ID', problem: telegramChat, optional: true, needs: ['TELEGRAM_BOT_TOKEN'] },
  { name: 'TELEGRAM_BOT_TOKEN', problem: telegramToken, optional: true, secret: true },
  { name: 'SLACK_WEBHOOK_URL', problem: webUrl, optional: true, secret: true },
  { name: 'ALERT_EMAIL_TO', problem: email, optional: true, needs: ['SMTP_SMARTHOST'] },
  { name: 'ALERT_EMAIL_FROM', problem: email, optional: true },
  { name: 'SMTP_SMARTHOST', problem: hostAndPort, optional: true },
  { name: 'SMTP_USERNAME', problem: quotable, optional: true, needs: ['SMTP_PASSWORD'] },
  { name: 'SMTP_PASSWORD', problem: quotable, optional: true, secret: true },
  { name: 'ALERT_WEBHOOK_URL', problem: webUrl, optional: true, secret: true },
  { name: 'WATCHDOG_URL', problem: webUrl, optional: true, secret: true },
  { name: 'LOG_QUOTA_MB', problem: integer(100, 1_000_000) },
  { name: 'LOG_DISK_FREE_MB', problem: integer(0, 1_000_000) },
  { name: 'LOG_ARCHIVE_BUCKET', problem: bucket, optional: true, needs: STORAGE },
  { name: 'LOG_ARCHIVE_ENDPOINT', problem: storageUrl, optional: true },
  { name: 'LOG_ARCHIVE_REGION', problem: word, optional: true },
  { name: 'LOG_ARCHIVE_KEY_ID', problem: word, optional: true },
  { name: 'LOG_ARCHIVE_SECRET', problem: storageSecret, optional: true, secret: true },
  { name: 'REBOOT_AT', problem: timeOfDay, optional: true },
  { name: 'ROOT', problem: folder, optional: true },
  { name: 'HTTP_PORT', problem: port },
  { name: 'HTTPS_PORT', problem: port },
  { name: 'HTTPS_INNER_PORT', problem: port },
  { name: 'TURN_STRIP_PORT', problem: port },
  { name: 'APP_PORT', problem: port },
  { name: 'TURN_PORT', problem: port },
  { name: 'TURN_TLS_PORT', problem: port },
  { name: 'TURN_RELAY_MIN_PORT', problem: port },
  { name: 'TURN_RELAY_MAX_PORT', problem: port },
  { name: 'MEDIA_UDP_PORT_BASE', problem: port },
  { name: 'ACME_DIRECTORY', problem: url, optional: true },
  { name: 'NODE_APT_URL', problem: webUrl },
  { name: 'NODE_APT_KEY_URL', problem: webUrl },
  { name: 'NODE_APT_KEY', problem: fingerprint },
  { name: 'PROMETHEUS_PORT', problem: port },
  { name: 'ALERTMANAGER_PORT', problem: port },
  { name: 'BLACKBOX_PORT', problem: port },
  { name: 'NODE_EXPORTER_PORT', problem: port },
  { name: 'PUBLIC_URL', problem: webUrl, optional: true },
  { name: 'TELEGRAM_API_URL', problem: webUrl },
  { name: 'LAYOUT', problem: layout },
];
