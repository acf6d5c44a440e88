import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from './outlive.js';
import { childrenOf } from './processes.js';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** `npm run demo` as a process, without npm. */
export interface DemoProcess extends AsyncDisposable {
  /** Of the server. */
  readonly url: string;
  readonly pid: number;
  output(): string;
  /** The server and its media workers. */
  descendants(): Promise<number[]>;
  /** Sends a signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code when it ends by itself. */
  readonly exit: Promise<number | null>;
}

/** Starts `dist/cli/demo.js`, built before by the test run; resolves once it shows its address. */
export async function startDemo(port = 0): Promise<DemoProcess> {
  const child = spawn(process.execPath, ['dist/cli/demo.js', '--port', String(port)], {
    cwd: PACKAGE_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  mustNotOutliveUs(child);
  let output = '';
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    return exit.finally(() => clearTimeout(timer));
  };
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      child.kill('SIGTERM');
      reject(new Error(`the demo showed no address:\n${output}`));
    };
    const timer = setTimeout(fail, START_TIMEOUT_MS);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /Listen +(http:\/\/127\.0\.0\.1:\d+)\/\?masjid=demo/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exit.then(fail);
  });
  return {
    url,
    pid: child.pid!,
    output: () => output,
    descendants: () => descendantsOf(child.pid!),
    end,
    exit,
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM');
    },
  };
}

async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}
