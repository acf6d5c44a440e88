/**
 * @typedef {object} Log
 * @property {string} name as in metrics and in the archive
 * @property {string} writer
 * @property {string} folder
 * @property {RegExp} files names that are written to now; `NAME.1`, `NAME.2.gz`, `NAME-20261124.gz` are what became of them
 * @property {string} [rotation] who turns it over: a file below /etc/logrotate.d; without, quota.mjs counts it and no more
 * @property {'day' | 'week' | 'month'} [every]
 * @property {number} [keep] how many are kept
 * @property {number} [days] after its last line, when quota.mjs drops what was turned over, so that no line is older than
 *   two weeks: logrotate itself counts files, and packages turn over by the week, or not while a log is empty
 * @property {boolean} archived whether archive.mjs copies what is turned over and compressed
 */

/** The largest a file becomes before it is turned over out of its turn: logrotate's 100M, in etc/azaan/logs-maxsize.conf. */
export const MAX_LIVE_BYTES = 100 * 1024 * 1024;

/** Days that the archive keeps. */
export const ARCHIVE_DAYS = 90;

/** Every log of a server: nothing else is ever touched. docs/operations/logs.md shows it. @type {readonly Log[]} */
export const LOGS = [
  {
    name: 'relay',
    writer: 'the relay',
    folder: '/var/log/azaan',
    files: /^[\w-]+\.log$/,
    rotation: 'azaan',
    every: 'day',
    keep: 14,
    days: 14,
    archived: true,
  },
  {
    name: 'nginx-calls',
    writer: 'nginx',
    folder: '/var/log/nginx',
    files: /^\w+\.json$/,
    rotation: 'azaan',
    every: 'day',
    keep: 14,
    days: 14,
    archived: true,
  },
  {
    name: 'nginx-errors',
    writer: 'nginx',
    folder: '/var/log/nginx',
    files: /^\w+\.log$/,
    rotation: 'nginx',
    every: 'day',
    keep: 14,
    days: 14,
    archived: true,
  },
  {
    name: 'coturn',
    writer: 'coturn',
    folder: '/var/log/turnserver',
    files: /^\w+\.log$/,
    rotation: 'azaan',
    every: 'day',
    keep: 14,
    days: 14,
    archived: true,
  },
  {
    name: 'fail2ban',
    writer: 'fail2ban',
    folder: '/var/log',
    files: /^fail2ban\.log$/,
    rotation: 'fail2ban',
    every: 'week',
    keep: 4,
    days: 7,
    archived: true,
  },
  {
    name: 'auth',
    writer: 'ssh and sudo, by rsyslog',
    folder: '/var/log',
    files: /^auth\.log$/,
    rotation: 'rsyslog',
    every: 'week',
    keep: 4,
    days: 7,
    archived: true,
  },
  {
    name: 'letsencrypt',
    writer: 'certbot',
    folder: '/var/log/letsencrypt',
    files: /^\w+\.log$/,
    rotation: 'certbot',
    every: 'week',
    keep: 12,
    days: 7,
    archived: true,
  },
  {
    name: 'system',
    writer: 'rsyslog',
    folder: '/var/log',
    files: /^(?:syslog|messages|(?:kern|user|mail|cron|daemon|debug)\.log)$/,
    rotation: 'rsyslog',
    every: 'week',
    keep: 4,
    days: 7,
    archived: false,
  },
  {
    name: 'ufw',
    writer: 'the firewall, by rsyslog',
    folder: '/var/log',
    files: /^ufw\.log$/,
    rotation: 'ufw',
    every: 'week',
    keep: 4,
    days: 7,
    archived: false,
  },
  // What was changed when, and who logged in: small, and asked for months later. As Debian has it.
  {
    name: 'apt',
    writer: 'apt',
    folder: '/var/log/apt',
    files: /^\w+\.log$/,
    rotation: 'apt',
    every: 'month',
    keep: 12,
    archived: false,
  },
  {
    name: 'dpkg',
    writer: 'dpkg',
    folder: '/var/log',
    files: /^(?:dpkg|alternatives)\.log$/,
    rotation: 'dpkg',
    every: 'month',
    keep: 12,
    archived: false,
  },
  {
    name: 'updates',
    writer: 'unattended-upgrades',
    folder: '/var/log/unattended-upgrades',
    files: /^[\w-]+\.log$/,
    rotation: 'unattended-upgrades',
    every: 'month',
    keep: 6,
    archived: false,
  },
  {
    name: 'logins',
    writer: 'ssh and the console',
    folder: '/var/log',
    files: /^[bw]tmp$/,
    rotation: 'wtmp',
    every: 'month',
    keep: 1,
    archived: false,
  },
  {
    name: 'pm2',
    writer: 'PM2',
    folder: '/home/fillmasjid/.pm2',
    files: /^pm2\.log$/,
    rotation: 'azaan',
    every: 'day',
    keep: 14,
    days: 14,
    archived: false,
  },
  // Bounded by journald itself.
  { name: 'journal', writer: 'systemd-journald', folder: '/var/log/journal', files: /./, archived: false },
  // A few lines a run, and a start.
  { name: 'init', writer: 'infra/init.sh', folder: '/var/log/azaan-init', files: /^init\.log$/, archived: false },
  {
    name: 'cloud-init',
    writer: 'cloud-init',
    folder: '/var/log',
    files: /^cloud-init(?:-output)?\.log$/,
    archived: false,
  },
];
