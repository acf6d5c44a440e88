import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { childrenOf } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';

const EVENTUALLY = { timeout: 10_000, interval: 50 };
/** Of the 7.5 s that browsers let pass between two reports at most (RFC 3550, 6.2), so many are over when the pause begins. */
const SINCE_REPORT_MS = 6_900;
/** By then, whoever blames the peers for the pause has thrown them out. */
const AFTERMATH_MS = 6_000;

const disconnects = (role: string) => `azaan_peer_disconnects_total{role="${role}",reason="silent"}`;

const mainProcess = async ({ server }: RelayScene): Promise<number[]> => [server.pid];
/** As a virtual machine is paused: all processes at once, and none of them is asked. */
const wholeRelay = async ({ server }: RelayScene): Promise<number[]> => [server.pid, ...(await childrenOf(server.pid))];

async function pause(pids: readonly number[], pauseMs: number): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await sleep(pauseMs);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

describe('a relay that was stopped', () => {
  it.concurrent.each([
    ['as a whole', 3_000, wholeRelay],
    ['as a whole', 8_000, wholeRelay],
    ['as a whole', 20_000, wholeRelay],
    ['in its main process', 20_000, mainProcess],
  ] as const)('%s for %d ms closes nobody, and sends on', async (_what, pauseMs, part) => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', PEER_SILENCE_TIMEOUT_MS: '' });
    await scene.speaker();
    const listeners = await Promise.all([1, 2, 3, 4].map(() => scene.rtpListener({ reports: false })));
    for (const { packets } of listeners) await vi.waitFor(() => expect(packets.length).toBeGreaterThan(5), EVENTUALLY);
    const listed = await scene.broadcasts();
    const workers = await childrenOf(scene.server.pid);

    const report = (): void => listeners.forEach((listener) => listener.report());
    report();
    await sleep(SINCE_REPORT_MS);
    // The next reports come while nobody reads them.
    setTimeout(report, 500);
    await pause(await part(scene), pauseMs);
    await sleep(AFTERMATH_MS);
    expect(await scene.broadcasts()).toEqual(listed);
    for (const role of ['listener', 'broadcaster']) expect(await scene.metric(disconnects(role))).toBe(0);
    expect(await childrenOf(scene.server.pid)).toEqual(workers);
    const before = listeners.map(({ packets }) => packets.length);
    for (const [index, { packets }] of listeners.entries()) {
      await vi.waitFor(() => expect(packets.length).toBeGreaterThan(before[index]! + 10), EVENTUALLY);
    }
  });

  it.concurrent('as a whole for 8 s is heard again by libwebrtc', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', PEER_SILENCE_TIMEOUT_MS: '' });
    await scene.broadcaster();
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    await pause(await wholeRelay(scene), 8_000);
    await sleep(AFTERMATH_MS);
    expect(await scene.listenerStates()).toEqual(['connected', 'connected']);
    await Promise.all(listeners.map((listener) => listener.untilHears(1_000)));
  });
});
