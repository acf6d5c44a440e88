import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from './environment.js';

const MAIN = join(import.meta.dirname, '../main.js');
const HOST = '127.0.0.1';
const PORTS_TO_TRY = 50;
const START_TIMEOUT_MS = 20_000;
const START_POLL_MS = 50;
/** The server promises to stop within 5 s. */
const STOP_TIMEOUT_MS = 6_000;
const REMEMBERED_LINES = 20;

/** The server did not start, or ended by itself. The message says why, as far as the server did. */
export class ServerProcessError extends Error {
  override readonly name = 'ServerProcessError';
}

export interface ServerProcessOptions {
  /** Another program than the server beside this one, which is told its address and asked for its health alike. */
  readonly script?: string;
  /** The first port to try; 0 lets the system choose. */
  readonly port: number;
  /** On top of the configuration of a development server with media on loopback; HTTP is for this machine in any case. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with every line that the server writes. */
  readonly onLine: (line: string) => void;
}

/** A relay server as a child process, for this machine only. */
export class ServerProcess {
  readonly url: string;
  private readonly child: ChildProcess;
  private readonly lastLines: string[] = [];
  private stopping = false;
  private readonly killOnExit = (): void => this.killGroup();

  private constructor(port: number, { script = MAIN, environment, onLine }: ServerProcessOptions) {
    this.url = `http://${HOST}:${port}`;
    this.child = spawn(process.execPath, ['--enable-source-maps', script], {
      // A group of its own: Ctrl-C in the terminal reaches only this process, which stops the server in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: childEnvironment({
        NODE_ENV: 'development',
        LOG_LEVEL: 'warn',
        MEDIA_BIND_ADDRESS: HOST,
        ...environment,
        HOST,
        PORT: String(port),
        MEDIA_UDP_PORT_BASE: '0',
      }),
    });
    process.once('exit', this.killOnExit);
    for (const output of [this.child.stdout, this.child.stderr]) {
      if (output === null) continue;
      createInterface(output).on('line', (line) => {
        this.lastLines.push(line);
        if (this.lastLines.length > REMEMBERED_LINES) this.lastLines.shift();
        onLine(line);
      });
    }
  }

  /** @throws ServerProcessError when there is no free port, or no answer within 20 s */
  static async start(options: ServerProcessOptions, signal: AbortSignal): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(options.port), options);
    try {
      await Promise.race([server.untilHealthy(signal), server.untilEnded()]);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Never resolves; rejects when the server ends although nobody stopped it. */
  async untilEnded(): Promise<never> {
    if (this.isRunning()) {
      const closed = once(this.child, 'close');
      await once(this.child, 'exit');
      // Media workers share its output: while one lives, there is no end of the last lines.
      this.killGroup();
      await closed;
    }
    if (this.stopping) return new Promise<never>(() => undefined);
    throw this.death();
  }

  /** @throws ServerProcessError when it ended */
  get pid(): number {
    if (this.child.pid === undefined || !this.isRunning()) throw this.death();
    return this.child.pid;
  }

  /** Stops the server and all that it started. */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    if (this.isRunning()) {
      const closed = once(this.child, 'close');
      this.child.kill('SIGTERM');
      await Promise.race([closed, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    }
    this.killGroup();
    process.off('exit', this.killOnExit);
  }

  private isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private death(): ServerProcessError {
    const how = this.child.signalCode ?? `exit code ${String(this.child.exitCode)}`;
    return new ServerProcessError([`The server ended by itself (${how}).`, ...this.lastLines].join('\n'));
  }

  private async untilHealthy(signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    while (!(await this.isHealthy(deadline))) {
      signal.throwIfAborted();
      if (deadline.aborted)
        throw new ServerProcessError(`The server did not answer within ${START_TIMEOUT_MS / 1_000} s.`);
      await sleep(START_POLL_MS);
    }
  }

  private async isHealthy(signal: AbortSignal): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz`, { signal })).ok;
    } catch {
      return false;
    }
  }

  /** Whoever of the group is left: media workers outlive a server that was killed. */
  private killGroup(): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // Nobody is left, which is what was wanted.
    }
  }
}

async function freePort(preferred: number): Promise<number> {
  if (preferred === 0) return (await boundPort(0)) ?? 0;
  for (let port = preferred; port < Math.min(preferred + PORTS_TO_TRY, 65_536); port++) {
    if ((await boundPort(port)) !== undefined) return port;
  }
  throw new ServerProcessError(`No port from ${preferred} on is free.`);
}

/** The port, if it could be listened on; 0 finds one. */
async function boundPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
