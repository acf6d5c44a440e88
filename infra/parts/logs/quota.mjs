#!/usr/bin/env node
// Keeps all logs together within LOG_QUOTA_MB, and LOG_DISK_FREE_MB of the disk free.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readAnswers } from '../../render/answers.mjs';
import { readArchiveRecord } from './archive-record.mjs';
import { logFiles } from './log-files.mjs';
import { LOGS, MAX_LIVE_BYTES } from './table.mjs';

const HELP = `usage: infra/parts/logs/quota.mjs [--help]

Drops what was turned over and has had its days, but for what the archive is still to get. Turns over what is larger than
100 MB. While all logs together are larger than LOG_QUOTA_MB, or less than LOG_DISK_FREE_MB
of the disk is free, drops what was turned over: what is archived first, and of that the oldest first. Prints what it
drops, and exits with 1 when that was not enough. Files that are not in infra/parts/logs/table.mjs are never touched.

AZAAN_ANSWERS names the answers (default /etc/azaan/azaan.env).
`;

const MB = 1_000_000;
const MS_PER_DAY = 86_400_000;
const ROTATE_TIMEOUT_MS = 120_000;
const METRICS_TIMEOUT_MS = 10_000;

class Quota {
  #answers;
  #root;
  #archived;
  dropped;

  constructor(answers) {
    this.#answers = answers;
    this.#root = answers.get('ROOT') ?? '';
    this.#archived = new Set(readArchiveRecord(this.#root).objects);
    this.dropped = readCounts(this.#countsFile);
  }

  run() {
    this.#dropOld();
    this.#dropRotated();
    if (this.#tooLarge().length > 0) {
      this.#rotate();
      this.#dropRotated();
    }
    if (this.#excessBytes() > 0) this.#tooLarge().forEach((file) => this.#empty(file));
    const excess = this.#excessBytes();
    if (excess > 0)
      say(`still ${megabytes(excess)} too much: what fills the disk is not in the table, or is written to now`);
    writeFileSync(this.#countsFile, JSON.stringify(this.dropped));
    return excess > 0 ? 1 : 0;
  }

  metrics() {
    const files = logFiles(this.#root);
    const waiting = files.filter((file) => this.#waits(file));
    const enabled = this.#archives;
    return [
      '# HELP azaan_log_bytes What the files of a log take, old ones included',
      '# TYPE azaan_log_bytes gauge',
      ...LOGS.map(({ name }) => `azaan_log_bytes{log="${name}"} ${sum(files.filter(({ log }) => log.name === name))}`),
      '# HELP azaan_log_quota_bytes What all logs together may take',
      '# TYPE azaan_log_quota_bytes gauge',
      `azaan_log_quota_bytes ${this.#limit('LOG_QUOTA_MB')}`,
      '# HELP azaan_log_dropped_files_total Files that went before their time, to keep the quota or to free the disk',
      '# TYPE azaan_log_dropped_files_total counter',
      `azaan_log_dropped_files_total{archived="yes"} ${this.dropped.archived}`,
      `azaan_log_dropped_files_total{archived="no"} ${this.dropped.lost}`,
      '# HELP azaan_log_archive_enabled Whether the answers name an archive',
      '# TYPE azaan_log_archive_enabled gauge',
      `azaan_log_archive_enabled ${enabled ? 1 : 0}`,
      '# HELP azaan_log_archive_waiting_files Compressed logs that are not in the archive yet',
      '# TYPE azaan_log_archive_waiting_files gauge',
      `azaan_log_archive_waiting_files ${enabled ? waiting.length : 0}`,
      '# HELP azaan_log_archive_last_success_timestamp_seconds When everything was archived; 0: never',
      '# TYPE azaan_log_archive_last_success_timestamp_seconds gauge',
      `azaan_log_archive_last_success_timestamp_seconds ${readArchiveRecord(this.#root).lastSuccessSeconds}`,
      '',
    ].join('\n');
  }

  get #countsFile() {
    return `${this.#root}/var/lib/azaan/logs-dropped.json`;
  }

  get #archives() {
    return this.#answers.get('LOG_ARCHIVE_BUCKET') !== '';
  }

  #limit(name) {
    return Number(this.#answers.get(name)) * MB;
  }

  /** How much has to go; 0 or less: nothing. */
  #excessBytes() {
    const { bavail, bsize } = statfsSync(`${this.#root}/var/log`);
    return Math.max(
      sum(logFiles(this.#root)) - this.#limit('LOG_QUOTA_MB'),
      this.#limit('LOG_DISK_FREE_MB') - bavail * bsize,
    );
  }

  #tooLarge() {
    return logFiles(this.#root).filter(({ state, bytes }) => state === 'live' && bytes > MAX_LIVE_BYTES);
  }

  /** Whether it would be lost if it went now, though it is meant for the archive. */
  #waits({ log, object, state }) {
    return this.#archives && log.archived && state === 'rotated' && !this.#archived.has(object);
  }

  #dropOld() {
    const isOld = ({ log: { days = Infinity }, modifiedMs }) => Date.now() - modifiedMs > days * MS_PER_DAY;
    for (const file of logFiles(this.#root)) {
      if (file.state !== 'rotated' || !isOld(file) || this.#waits(file)) continue;
      unlinkSync(file.path);
      say(`dropped ${file.path}: its last line is older than ${file.log.days} days`);
    }
  }

  #dropRotated() {
    let excess = this.#excessBytes();
    const rotated = logFiles(this.#root).filter(({ state }) => state === 'rotated');
    rotated.sort((a, b) => Number(this.#waits(a)) - Number(this.#waits(b)) || a.modifiedMs - b.modifiedMs);
    for (const file of rotated) {
      if (excess <= 0) return;
      unlinkSync(file.path);
      excess -= file.bytes;
      this.#count(file, 'dropped');
    }
  }

  #count(file, what) {
    const archived = file.object !== undefined && this.#archived.has(file.object);
    this.dropped[archived ? 'archived' : 'lost'] += 1;
    const day = new Date(file.modifiedMs).toISOString().slice(0, 10);
    say(`${what} ${file.path} (${megabytes(file.bytes)}, ${day}): ${archived ? 'archived' : 'not archived, lost'}`);
  }

  /** As every night, but with a limit on size for all, which packages do not set. */
  #rotate() {
    const files = ['/etc/azaan/logs-maxsize.conf', '/etc/logrotate.conf'].map((path) => `${this.#root}${path}`);
    try {
      execFileSync('logrotate', ['--state', `${this.#root}/var/lib/logrotate/status`, ...files], {
        timeout: ROTATE_TIMEOUT_MS,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      say('turned over what is larger than 100 MB');
    } catch (error) {
      // As when every night's run is under way: the next run of this one comes soon.
      say(`logrotate failed: ${String(error.stderr ?? error).trim()}`);
    }
  }

  /** The last resort: turning over takes room for a copy, which a full disk does not have. */
  #empty(file) {
    const descriptor = openSync(file.path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      if (!fstatSync(descriptor).isFile()) return;
      ftruncateSync(descriptor);
      this.#count(file, 'emptied');
    } finally {
      closeSync(descriptor);
    }
  }
}

function readCounts(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { archived: 0, lost: 0 };
}

function sum(files) {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

function megabytes(bytes) {
  return `${(bytes / MB).toFixed(1)} MB`;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function writeMetrics(text) {
  const writer = resolve(import.meta.dirname, '../monitoring/textfile/write-metrics.sh');
  execFileSync('bash', ['-euo', 'pipefail', '-c', 'source "$1" && write_metrics logs', 'bash', writer], {
    input: text,
    timeout: METRICS_TIMEOUT_MS,
  });
}

function main() {
  const { values: options } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const answers = readAnswers(
    process.env['AZAAN_ANSWERS'] ?? '/etc/azaan/azaan.env',
    resolve(import.meta.dirname, '../../azaan.env.example'),
  );
  const quota = new Quota(answers);
  const code = quota.run();
  writeMetrics(quota.metrics());
  return code;
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`quota: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
