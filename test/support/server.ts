import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from './outlive.js';
import { configuredSecrets, findSpills } from './spills.js';
import { TEST_JWT_KEYS } from './tokens.js';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const LAST_METRICS_TIMEOUT_MS = 2_000;

/** Every test calls from the same address, and many send what is bad on purpose. */
const UNLIMITED = {
  RATE_LIMIT_CALLS_PER_MINUTE: '1000000',
  RATE_LIMIT_JOINS_PER_MINUTE: '1000000',
  RATE_LIMIT_BROADCASTS_PER_MINUTE: '1000000',
  RATE_LIMIT_LISTS_PER_MINUTE: '1000000',
  RATE_LIMIT_TOKENS_PER_MINUTE: '1000000',
  BAN_AFTER_FAILURES: '10000',
  MAX_CONNECTING_PER_ADDRESS: '1000000',
};

/** A real server process on ports that the system chose. Also usable as `await using server = await startServer()`. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Everything logged so far, one JSON line each; lines of standard error come as they are. */
  logs(): readonly string[];
  /**
   * Stops it as a supervisor would.
   *
   * @throws when it does not exit with 0 within 5 s, and is killed then; when anything that it wrote, or its metrics, hold a
   * secret
   */
  close(): Promise<void>;
}

/**
 * Starts `dist/main.js`, built before by the test run.
 *
 * @param env on top of a loopback-only test configuration
 */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const wholeEnv = {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    MEDIA_UDP_PORT_BASE: '0',
    MEDIA_BIND_ADDRESS: '127.0.0.1',
    // A file that is named has the keys, and would lose against the environment.
    ...(env['ENV_FILE'] === undefined ? { JWT_KEYS: TEST_JWT_KEYS } : {}),
    ...UNLIMITED,
    ...env,
  };
  const secrets = configuredSecrets(wholeEnv);
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
    cwd: PACKAGE_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: wholeEnv,
  });
  mustNotOutliveUs(child);

  const lines: string[] = [];
  const url = await listeningUrl(child, lines);
  let closing: Promise<void> | undefined;
  const stopAndSearch = async (): Promise<void> => {
    const metrics = await lastMetrics(child, url);
    await stop(child, lines);
    const spills = findSpills([...lines, metrics], secrets);
    if (spills.length > 0) throw new Error(`the log or the metrics of the server hold ${spills.join(', ')}`);
  };
  const close = (): Promise<void> => (closing ??= stopAndSearch());
  return { url, pid: child.pid!, logs: () => lines, close, [Symbol.asyncDispose]: close };
}

/** Collects all output for good, and resolves with the address once it is logged. */
async function listeningUrl(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the server ${reason}:\n${lines.join('\n')}`));
    };
    const timer = setTimeout(fail, START_TIMEOUT_MS, `did not listen within ${START_TIMEOUT_MS} ms`);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code) => fail(`ended with ${String(code)} before it listened`));
    createInterface(child.stderr!).on('line', (line) => lines.push(line));
    createInterface(child.stdout!).on('line', (line) => {
      lines.push(line);
      const found = /"msg":"listening","url":"([^"]+)"/.exec(line)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

/** Whatever `/metrics` shows; nothing of a server that is gone, hangs, or shows them to others alone. */
async function lastMetrics(child: ChildProcess, url: string): Promise<string> {
  if (child.exitCode !== null || child.signalCode !== null) return '';
  const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(LAST_METRICS_TIMEOUT_MS) };
  return fetch(`${url}/metrics`, options).then(
    (response) => response.text(),
    () => '',
  );
}

async function stop(child: ChildProcess, lines: readonly string[]): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await closed;
    clearTimeout(timer);
  }
  if (child.exitCode !== 0) {
    const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
    throw new Error(`the server ended with ${how} instead of 0:\n${lines.slice(-50).join('\n')}`);
  }
}
