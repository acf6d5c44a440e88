import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from './outlive.js';

const PROGRAM = fileURLToPath(new URL('datagram-storm.process.ts', import.meta.url));
const IMPORTS = new URL('typescript-imports.mjs', import.meta.url).href;
const EXIT_MARGIN_MS = 60_000;

export interface StormReport {
  readonly sent: number;
  /** Datagrams that came back. */
  readonly back: number;
  readonly seconds: number;
}

export interface StormOptions {
  readonly port: number;
  readonly datagramsPerSecond: number;
  readonly seconds: number;
  /** Of a peer, which everybody on its path can read. */
  readonly userName: string;
}

/** Sends what strangers send, from a process of its own, so that whatever measures the relay is not slowed down by it. */
export async function storm({ port, datagramsPerSecond, seconds, userName }: StormOptions): Promise<StormReport> {
  const parameters = [port, datagramsPerSecond, seconds, userName].map(String);
  const child = spawn(process.execPath, ['--import', IMPORTS, PROGRAM, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
    timeout: seconds * 1_000 + EXIT_MARGIN_MS,
    killSignal: 'SIGKILL',
  });
  mustNotOutliveUs(child);
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(output) as StormReport;
}
