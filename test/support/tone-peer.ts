import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from './outlive.js';

const PROGRAM = fileURLToPath(new URL('tone-peer.process.ts', import.meta.url));
const IMPORTS = new URL('typescript-imports.mjs', import.meta.url).href;
const CONNECT_TIMEOUT_MS = 20_000;

export interface TonePeerOptions {
  readonly role: 'broadcast' | 'listen';
  readonly url: string;
  readonly connectionID: string;
  readonly frequencyHz?: number;
}

/** A peer in another process. */
export interface TonePeer {
  /** SIGKILL: it says goodbye to nobody. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Resolves once the peer is connected to the relay. */
export async function startTonePeer(options: TonePeerOptions): Promise<TonePeer> {
  const { role, url, connectionID, frequencyHz = 1_000 } = options;
  const parameters = [role, url, connectionID, String(frequencyHz)];
  const child = spawn(process.execPath, ['--import', IMPORTS, PROGRAM, ...parameters], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  mustNotOutliveUs(child);
  const exited = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  try {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    await Promise.race([once(child.stdout, 'data', { signal }), exited]);
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`);
    return { kill };
  } catch (error) {
    await kill();
    throw new Error(`the ${role} process did not connect (${String(error)}): ${errors}`, { cause: error });
  }
}
