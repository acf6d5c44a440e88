import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { readAnswers, templateValues } from '../../render/answers.mjs';
import { CannotTell } from './finding.mjs';
import { metrics } from './parse.mjs';

export const INFRA = resolve(import.meta.dirname, '../..');

const COMMAND_TIMEOUT_MS = 4_500;
const MAX_OUTPUT_BYTES = 32 * 1_024 * 1_024;
const NOT_FOUND = 127;
/** Where scripts leave what node_exporter tells. */
export const METRICS = '/var/lib/prometheus/node-exporter';

/** The machine that is looked at, through its answers. It is only looked at: nothing here changes it. */
export class Machine {
  #answers;
  #once = new Map();

  /** @param {string} answersFile */
  constructor(answersFile) {
    this.answersFile = answersFile;
    this.isRoot = process.getuid() === 0;
    this.nowMs = Date.now();
    try {
      this.#answers = readAnswers(answersFile, join(INFRA, 'azaan.env.example'));
    } catch (error) {
      /** Why there are no answers. */
      this.answersError = error;
    }
    this.root = this.#answers?.get('ROOT') ?? '';
  }

  /** A place of the machine, whose `/` may be a folder. */
  path(absolute) {
    return this.root === '' ? absolute : join(this.root, absolute);
  }

  /** The folder of the release that runs. */
  get release() {
    return this.path('/opt/azaan-relay/current');
  }

  /** @throws {CannotTell} when the answers cannot be read */
  answer(name) {
    if (this.answersError?.code === 'EACCES') throw new CannotTell('needs root');
    if (this.answersError !== undefined) throw new CannotTell(`the answers cannot be read (${this.answersFile})`);
    return this.#answers.get(name);
  }

  /** What templates are filled in with. @throws {CannotTell} as `answer` */
  value(name) {
    this.answer(name);
    return templateValues(this.#answers).get(name);
  }

  port(name) {
    return Number(this.answer(name));
  }

  /** Where its services are reached from itself: providers that translate may not let it reach its public address. */
  get address() {
    return this.value('PRIVATE_IP');
  }

  /** @returns {string | undefined} undefined when there is no such file @throws {CannotTell} when it may not be read */
  read(absolute) {
    return this.#look(absolute, (path) => readFileSync(path, 'utf8'));
  }

  /** @returns {import('node:fs').Stats | undefined} as `read` */
  stat(absolute) {
    return this.#look(absolute, (path) => statSync(path));
  }

  /** @returns {number | undefined} days since the file was changed */
  ageInDays(absolute) {
    const stat = this.stat(absolute);
    return stat && (this.nowMs - stat.mtimeMs) / 86_400_000;
  }

  /** What one of the scripts left. @returns {Map<string, number>} empty when there is no such file */
  metrics(name) {
    return metrics(this.read(`${METRICS}/${name}.prom`) ?? '');
  }

  /**
   * Runs a program to its end, in the C locale and UTC.
   *
   * @returns {Promise<{ code: number, stdout: string, stderr: string }>} 127 when there is no such program
   * @throws {CannotTell} when it takes too long
   */
  run(program, args = [], { timeoutMs = COMMAND_TIMEOUT_MS, env = {}, cwd } = {}) {
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', ...env },
      cwd,
    };
    return new Promise((done, fail) => {
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (error?.killed) fail(new CannotTell(`${program} takes longer than ${timeoutMs / 1_000} s`));
        else if (error?.code === 'ENOENT') done({ code: NOT_FOUND, stdout: '', stderr: `${program} is not installed` });
        else done({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
      });
      child.stdin?.end();
    });
  }

  /** As `run`. @returns {Promise<string>} what it printed @throws {Error} also when it ends with another code than 0 */
  async output(program, args, options) {
    const { code, stdout, stderr } = await this.run(program, args, options);
    if (code !== 0) throw new Error(stderr.trim().replaceAll('\n', '; ') || `${program} ends with ${code}`);
    return stdout;
  }

  /** What several checks look at is looked at once. */
  once(key, look) {
    if (!this.#once.has(key)) this.#once.set(key, look());
    return this.#once.get(key);
  }

  #look(absolute, look) {
    try {
      return look(this.path(absolute));
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      if (error.code === 'EACCES') throw new CannotTell(`needs root, for ${absolute}`);
      throw error;
    }
  }
}
