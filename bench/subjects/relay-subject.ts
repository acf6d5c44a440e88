import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { DemoIdentity } from '../../src/cli/demo-identity.js';
import { processTree, readTreeUsage, type ProcessUsage } from '../measure/process-usage.js';
import { repositoryRoot } from '../paths.js';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 6_000;
const KEPT_LINES = 20;

/** How the relay under measurement is started; its output must name the URL that it listens at. */
export interface SubjectProgram {
  readonly name: string;
  /** Path of the program in the repository. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it may be offered candidates: see `withoutCandidates`. */
  readonly offerCandidates: boolean;
  /** Where tokens are asked for. */
  readonly identity?: DemoIdentity;
}

const identity = new DemoIdentity();

/** The product: the real server with its media workers, on ports that the system chooses. */
export const azaanRelay: SubjectProgram = {
  name: 'azaan-relay',
  script: 'dist/main.js',
  environment: {
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    PORT: '0',
    MEDIA_UDP_PORT_BASE: '0',
    MEDIA_BIND_ADDRESS: '127.0.0.1',
    // All listeners call from one address.
    RATE_LIMIT_CALLS_PER_MINUTE: '1000000',
    RATE_LIMIT_JOINS_PER_MINUTE: '1000000',
    ...identity.environment(),
  },
  offerCandidates: true,
  identity,
};

export const wrtcRelay: SubjectProgram = {
  name: 'wrtc relay',
  script: 'dist/bench/wrtc-relay/main.js',
  environment: {},
  offerCandidates: false,
};

/** A relay as a process of its own, whose CPU and memory can be read together with its workers'. */
export class RelaySubject {
  private readonly lastLines: string[] = [];
  private closed = false;

  private constructor(
    readonly program: SubjectProgram,
    private readonly child: ChildProcess,
    private readonly pid: number,
  ) {
    process.once('exit', this.killTree);
  }

  url = '';

  static async start(program: SubjectProgram): Promise<RelaySubject> {
    const child = spawn(process.execPath, [join(repositoryRoot, program.script)], {
      cwd: repositoryRoot,
      env: { ...process.env, ...program.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) throw new Error(`${program.script} did not start; is it built?`);
    const subject = new RelaySubject(program, child, child.pid);
    try {
      subject.url = await subject.readUrl();
    } catch (error) {
      await subject.close();
      throw error;
    }
    return subject;
  }

  usage(): ProcessUsage {
    if (this.child.exitCode !== null || this.child.signalCode !== null) throw this.death();
    return readTreeUsage(this.pid);
  }

  /** User and system time of the process that answers HTTP, without its workers. */
  mainCpuMicros(): number {
    return processTree(this.pid).get(this.pid)?.cpuMicros ?? 0;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      const force = setTimeout(this.killTree, STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(force);
    }
    process.off('exit', this.killTree);
  }

  private readonly killTree = (): void => {
    for (const pid of processTree(this.pid).keys()) process.kill(pid, 'SIGKILL');
  };

  private readUrl(): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.death('did not listen in time')), START_TIMEOUT_MS);
      this.child.once('exit', () => {
        clearTimeout(timer);
        reject(this.death());
      });
      for (const stream of [this.child.stdout, this.child.stderr]) {
        if (!stream) continue;
        createInterface(stream).on('line', (line) => {
          this.lastLines.push(line);
          if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
          const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
          if (url === undefined) return;
          clearTimeout(timer);
          resolve(url);
        });
      }
    });
  }

  private death(what = 'ended'): Error {
    return new Error(`${this.program.name} ${what}; its last words:\n${this.lastLines.join('\n')}`);
  }
}
