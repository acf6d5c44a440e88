import { join } from 'node:path';
import { DemoIdentity } from '../../src/cli/demo-identity.js';
import { ServerProcess } from '../../src/cli/server-process.js';
import { processTree, readTreeUsage, type ProcessUsage } from '../measure/process-usage.js';
import { repositoryRoot } from '../paths.js';

/** How the relay under measurement is started. */
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
  private constructor(
    readonly program: SubjectProgram,
    private readonly server: ServerProcess,
  ) {}

  /** @throws ServerProcessError with its last words when it does not start */
  static async start(program: SubjectProgram): Promise<RelaySubject> {
    const { script, environment } = program;
    const options = { script: join(repositoryRoot, script), port: 0, environment, onLine: () => undefined };
    return new RelaySubject(program, await ServerProcess.start(options, new AbortController().signal));
  }

  get url(): string {
    return this.server.url;
  }

  usage(): ProcessUsage {
    return readTreeUsage(this.server.pid);
  }

  /** User and system time of the process that answers HTTP, without its workers. */
  mainCpuMicros(): number {
    const { pid } = this.server;
    return processTree(pid).get(pid)?.cpuMicros ?? 0;
  }

  close(): Promise<void> {
    return this.server.stop();
  }
}
