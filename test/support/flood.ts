import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { ofAnotherClient, recordedOffer } from './offers.js';
import type { RelayScene } from './relay-scene.js';
import { breaksIn } from './rtp-listener.js';

const PROGRAM = fileURLToPath(new URL('flood.process.ts', import.meta.url));
const IMPORTS = new URL('typescript-imports.mjs', import.meta.url).href;
const LISTENERS = 5;
const HEARD_WITHIN_MS = 15_000;
const SAMPLE_MS = 250;
const JOIN_TIMEOUT_MS = 10_000;
const EXIT_MARGIN_MS = 10_000;

export interface FloodReport {
  /** How often the flood was answered with each status. */
  readonly flood: Readonly<Record<string, number>>;
  /** How long each of the other addresses' joins took. */
  readonly joinsMs: readonly number[];
  /** What is not as one unbroken stream has it, by listener. */
  readonly breaks: readonly string[][];
  /** The fewest packets that a listener got while the flood lasted. */
  readonly fewestPackets: number;
}

/** Limits as they come, on top of the test configuration, with bans short enough to wait for. */
export const FLOODED_SERVER = {
  MEDIA_WORKERS: '2',
  RATE_LIMIT_CALLS_PER_MINUTE: '',
  RATE_LIMIT_JOINS_PER_MINUTE: '',
  RATE_LIMIT_LISTS_PER_MINUTE: '',
  BAN_AFTER_FAILURES: '',
  MAX_CONNECTING_PER_ADDRESS: '',
  BAN_SECONDS: '2',
  BAN_MAX_SECONDS: '2',
};

/** Floods a server from one address while a broadcast goes on and listeners of other addresses join. */
export async function floodFrom(scene: RelayScene, address: string, seconds: number): Promise<FloodReport> {
  await scene.broadcaster();
  const listeners = await Promise.all(Array.from({ length: LISTENERS }, () => scene.rtpListener()));
  const areHearing = (): void => {
    if (listeners.some(({ packets }) => packets.length < 20)) throw new Error('not every listener hears');
  };
  await vi.waitFor(areHearing, { timeout: HEARD_WITHIN_MS });
  const before = listeners.map(({ packets }) => packets.length);

  const flood = callAtFullSpeed(scene, address, seconds);
  const joinsMs: number[] = [];
  const ended = flood.then(
    () => true,
    () => true,
  );
  do {
    const startedAt = performance.now();
    // Every one of them from an address of its own.
    await join(scene, `198.51.100.${joinsMs.length % 250}`);
    joinsMs.push(performance.now() - startedAt);
  } while (!(await Promise.race([ended, sleep(SAMPLE_MS, false)])));

  const received = listeners.map(({ packets }, index) => packets.slice(before[index]));
  return {
    flood: await flood,
    joinsMs,
    breaks: received.map(breaksIn),
    fewestPackets: Math.min(...received.map((packets) => packets.length)),
  };
}

/** Lines of the log that say so, such as `ban started`. */
export function linesSaying(scene: RelayScene, message: string): number {
  return scene.server.logs().filter((line) => line.includes(`"msg":"${message}"`)).length;
}

async function join({ server, masjid }: RelayScene, address: string): Promise<void> {
  const { status } = await fetch(`${server.url}/consumer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ connectionID: masjid, sdp: ofAnotherClient(recordedOffer('chromium-156-listener')) }),
    signal: AbortSignal.timeout(JOIN_TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`a join from ${address} was answered ${status}`);
}

/** In a process of its own, so that the flood does not slow down what measures it. */
async function callAtFullSpeed(scene: RelayScene, address: string, seconds: number): Promise<Record<string, number>> {
  const parameters = [scene.server.url, scene.masjid, address, String(seconds)];
  const child = spawn(process.execPath, ['--import', IMPORTS, PROGRAM, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
    timeout: seconds * 1_000 + EXIT_MARGIN_MS,
    killSignal: 'SIGKILL',
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(output) as Record<string, number>;
}
