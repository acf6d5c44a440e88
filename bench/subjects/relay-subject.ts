import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DemoIdentity } from '../../src/cli/demo-identity.js';
import type { PeerKind } from '../load/load-protocol.js';
import { ServerProcess } from '../../src/cli/server-process.js';
import {
  cpuMicrosOf,
  processTree,
  readTreeUsage,
  residentBytesOf,
  type ProcessUsage,
} from '../measure/process-usage.js';
import { repositoryRoot } from '../paths.js';
import { COLLECT_SIGNAL } from './collect-signal.js';

/** How the relay under measurement is started. */
export interface SubjectProgram {
  readonly name: string;
  /** Path of the program in the repository. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it may be offered candidates: see `withoutCandidates`. */
  readonly offerCandidates: boolean;
  /** The only listeners that it can have. */
  readonly peers?: PeerKind;
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

/** Resident memory tells what is in use only after a collection; V8 has no reason for one while there is room. */
export function collectingOnSignal(program: SubjectProgram): SubjectProgram {
  const preload = pathToFileURL(join(import.meta.dirname, 'collect-on-signal.js')).href;
  return { ...program, environment: { ...program.environment, NODE_OPTIONS: `--expose-gc --import=${preload}` } };
}

/** The product with so many media workers. */
export function withWorkers(program: SubjectProgram, workers: number): SubjectProgram {
  return { ...program, environment: { ...program.environment, MEDIA_WORKERS: String(workers) } };
}

export const wrtcRelay: SubjectProgram = {
  name: 'wrtc relay',
  script: 'dist/bench/wrtc-relay/main.js',
  environment: {},
  offerCandidates: false,
  peers: 'libdatachannel',
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

  /** Of the process that answers HTTP, and of all its workers. */
  usageByPart(): Record<'main' | 'workers', ProcessUsage> {
    const { pid } = this.server;
    const all = this.usage();
    const main = { cpuMicros: cpuMicrosOf(pid), rssBytes: residentBytesOf(pid) };
    const workers = { cpuMicros: all.cpuMicros - main.cpuMicros, rssBytes: all.rssBytes - main.rssBytes };
    return { main, workers };
  }

  /** Has all its processes collect their garbage, if it was started with {@link collectingOnSignal}. */
  collectGarbage(): void {
    for (const pid of processTree(this.server.pid).keys()) process.kill(pid, COLLECT_SIGNAL);
  }

  close(): Promise<void> {
    return this.server.stop();
  }
}
