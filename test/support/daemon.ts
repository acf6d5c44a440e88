import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 100;
const MAX_LOG_LINES = 40;

/** A program of the system that listens on HTTP, started for one test. */
export interface Daemon extends AsyncDisposable {
  readonly pid: number;
}

/** Resolves once `readyUrl` answers 200. @throws Error with the last lines that it wrote, when it does not */
export async function startDaemon(command: string, args: readonly string[], readyUrl: string): Promise<Daemon> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // A test run that ends early leaves nothing behind.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const closed = once(child, 'close').catch(() => undefined);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
    process.off('exit', kill);
  };

  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(readyUrl))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadlineMs) {
      await stop();
      throw new Error(
        `${command} does not answer at ${readyUrl}:\n${log.split('\n').slice(-MAX_LOG_LINES).join('\n')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { pid: child.pid!, [Symbol.asyncDispose]: stop };
}

/** A TCP port of 127.0.0.1 that was free just now, for programs that cannot tell which one they got. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
