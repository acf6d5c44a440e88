import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { Daemon } from './daemon.js';
import { configuredSecrets, findSpills } from './spills.js';
import { TEST_JWT_KEYS } from './tokens.js';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STOP_TIMEOUT_MS = 5_000;
const LAST_METRICS_TIMEOUT_MS = 2_000;
const LISTENING = /"msg":"listening","url":"([^"]+)"/;

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
  /** Lines of the log that hold every one of the texts. */
  records(...texts: readonly string[]): Readonly<Record<string, unknown>>[];
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
  const command = [process.execPath, '--enable-source-maps', 'dist/main.js'];
  const options = { cwd: PACKAGE_ROOT, env: wholeEnv };
  const daemon = await Daemon.start(command, ({ output }) => LISTENING.test(output), options);
  const [, url = ''] = LISTENING.exec(daemon.output)!;

  let closing: Promise<void> | undefined;
  const stopAndSearch = async (): Promise<void> => {
    const metrics = daemon.running ? await lastMetrics(url) : '';
    await stop(daemon);
    const spills = findSpills([...daemon.lines, metrics], secrets);
    if (spills.length > 0) throw new Error(`the log or the metrics of the server hold ${spills.join(', ')}`);
  };
  const close = (): Promise<void> => (closing ??= stopAndSearch());
  const records = (...texts: readonly string[]) =>
    daemon.lines
      .filter((line) => texts.every((text) => line.includes(text)))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { url, pid: daemon.pid, logs: () => daemon.lines, records, close, [Symbol.asyncDispose]: close };
}

/** One server for all tests of a `describe`. */
export function serverForAll(
  env: Readonly<Record<string, string>> = {},
): Omit<TestServer, 'close' | typeof Symbol.asyncDispose> {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(env);
  });
  afterAll(() => server.close());
  return {
    get url() {
      return server.url;
    },
    get pid() {
      return server.pid;
    },
    logs: () => server.logs(),
    records: (...texts) => server.records(...texts),
  };
}

/** Whatever `/metrics` shows; nothing of a server that hangs, or shows them to others alone. */
async function lastMetrics(url: string): Promise<string> {
  const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(LAST_METRICS_TIMEOUT_MS) };
  return fetch(`${url}/metrics`, options).then(
    (response) => response.text(),
    () => '',
  );
}

async function stop(daemon: Daemon): Promise<void> {
  await daemon.stop('SIGTERM', STOP_TIMEOUT_MS);
  const how = await daemon.exit;
  if (how === 0) return;
  throw new Error(`the server ended with ${how} instead of 0:\n${daemon.lines.slice(-50).join('\n')}`);
}
