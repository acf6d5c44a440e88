import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** For everything that one run does. */
const DEADLINE_MS = 25 * 60_000;
const BYTES_PER_SECOND = '2M';
const MAX_MESSAGE_LENGTH = 300;

/** What rclone said. */
export class StorageError extends Error {}

/** S3-compatible storage, by rclone with the rendered configuration. Secrets are in that file alone, never in arguments. */
export class Storage {
  #config;
  #deadlineMs = performance.now() + DEADLINE_MS;

  constructor(config) {
    this.#config = config;
  }

  get enabled() {
    return readFileSync(this.#config, 'utf8').includes('[logs]\n');
  }

  /** @returns {Promise<Map<string, number>>} size by object */
  async list() {
    const text = await this.#rclone(['lsf', '--recursive', '--files-only', '--format', 'sp', 'logs:']);
    const lines = text.split('\n').filter(Boolean);
    return new Map(lines.map((line) => [line.slice(line.indexOf(';') + 1), Number(line.split(';')[0])]));
  }

  /** @param {number} descriptor of the open file: whatever is renamed meanwhile, this is what is sent */
  async put(descriptor, object) {
    const limits = ['--bwlimit', BYTES_PER_SECOND, '--ignore-times', '--copy-links'];
    await this.#rclone(['copyto', ...limits, '/proc/self/fd/3', `logs:${object}`], descriptor);
  }

  async remove(object) {
    await this.#rclone(['deletefile', `logs:${object}`]);
  }

  #rclone(args, descriptor) {
    const patience = ['--contimeout', '15s', '--timeout', '60s', '--retries', '2', '--low-level-retries', '3'];
    const leftMs = Math.max(1, Math.round(this.#deadlineMs - performance.now()));
    return new Promise((settle, fail) => {
      const child = spawn('rclone', ['--config', this.#config, ...patience, ...args], {
        stdio: ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
        timeout: leftMs,
        // Nothing of the caller's environment says where to, or as whom.
        env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
      });
      let output = '';
      let errors = '';
      child.stdout.on('data', (data) => (output += data));
      child.stderr.on('data', (data) => (errors += data));
      child.once('error', fail);
      child.once('close', (code, signal) => {
        if (code === 0) settle(output);
        else fail(new StorageError(signal === null ? lastMessageOf(errors) : 'took longer than it may'));
      });
    });
  }
}

/** The last of what it logged, which may be several lines, without the time. */
function lastMessageOf(text) {
  const messages = text.split(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /m);
  return messages.at(-1).replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_LENGTH);
}
