import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PacketProfile } from '../load/load-protocol.js';
import { repositoryRoot } from '../paths.js';

const run = promisify(execFile);
const COMPILE_TIMEOUT_MS = 30_000;
const WARMUP_SECONDS = 2;

/** See limit.c. */
export type LimitMode = 'hot' | 'paced';

export interface LimitResult {
  readonly mode: LimitMode;
  readonly profile: PacketProfile;
  readonly listeners: number;
  readonly cpuMicrosPerPacket: number;
  readonly sealMicrosPerPacket: number;
  readonly lossPercent: number;
}

interface LimitOutput {
  readonly sent: number;
  readonly received: number;
  readonly cpuMicros: number;
  readonly sealMicrosPerPacket: number;
}

/** The program that seals and sends and does nothing else; made from C for each run. */
export class LimitProgram {
  private constructor(private readonly directory: string) {}

  /** Undefined when this machine has no C compiler, or no OpenSSL to compile with. */
  static async compile(): Promise<LimitProgram | undefined> {
    const program = new LimitProgram(await mkdtemp(join(tmpdir(), 'azaan-limit-')));
    const source = join(repositoryRoot, 'bench/limit/limit.c');
    try {
      await run('cc', ['-O2', '-o', program.executable, source, '-lcrypto'], { timeout: COMPILE_TIMEOUT_MS });
      return program;
    } catch {
      await program.close();
      return undefined;
    }
  }

  async measure(mode: LimitMode, profile: PacketProfile, listeners: number, seconds: number): Promise<LimitResult> {
    const intervalMicros = mode === 'hot' ? 0 : profile.frameMs * 1000;
    const numbers = [listeners, profile.payloadBytes, intervalMicros, WARMUP_SECONDS, seconds];
    const timeout = (WARMUP_SECONDS + seconds + 10) * 1000;
    const { stdout } = await run(this.executable, numbers.map(String), { timeout });
    const output = JSON.parse(stdout) as LimitOutput;
    return {
      mode,
      profile,
      listeners,
      cpuMicrosPerPacket: output.cpuMicros / output.sent,
      sealMicrosPerPacket: output.sealMicrosPerPacket,
      lossPercent: (1 - output.received / output.sent) * 100,
    };
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private get executable(): string {
    return join(this.directory, 'limit');
  }
}
