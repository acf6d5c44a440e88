import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { DemoProcess } from '../support/demo-process.js';
import { end, listen } from '../support/loopback.js';
import { isRunning } from '../support/processes.js';
import { ToneListener } from '../support/tone-listener.js';

const EVENTUALLY = { timeout: 20_000, interval: 100 };

async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const running = await Promise.all(pids.map(isRunning));
  return pids.filter((_, index) => running[index]);
}

describe('npm run demo', () => {
  it('is heard, counts its listener, and leaves no process behind on Ctrl-C', async () => {
    await using demo = await DemoProcess.start();
    const page = await fetch(`${demo.url}/?masjid=demo`);
    expect(page.headers.get('content-type')).toContain('text/html');
    const listener = await vi.waitFor(() => ToneListener.join({ url: demo.url, connectionID: 'demo' }), EVENTUALLY);
    try {
      await vi.waitFor(async () => expect(await listener.energy()).toBeGreaterThan(0.01), EVENTUALLY);
      await vi.waitFor(
        () => expect(demo.daemon.output).toMatch(/live 0:\d\d\/0:51 · 1 listener · packets/),
        EVENTUALLY,
      );
    } finally {
      listener.close();
    }

    const processes = await demo.descendants();
    expect(processes.length).toBeGreaterThanOrEqual(2);
    await demo.daemon.stop('SIGINT');
    expect(await demo.daemon.exit).toBe(0);
    expect(await stillRunning(processes)).toEqual([]);
  });

  it('stops in the same way on SIGTERM', async () => {
    await using demo = await DemoProcess.start();
    const processes = await demo.descendants();
    await demo.daemon.stop('SIGTERM');
    expect(await demo.daemon.exit).toBe(0);
    expect(await stillRunning(processes)).toEqual([]);
  });

  it('takes the next port when one is taken', async () => {
    const other = createServer();
    const port = await listen(other);
    try {
      await using demo = await DemoProcess.start(port);
      expect(Number(new URL(demo.url).port)).toBeGreaterThan(port);
    } finally {
      await end(other);
    }
  });

  it('says that the server ended, and takes its media workers along', async () => {
    await using demo = await DemoProcess.start();
    const [server, ...workers] = await demo.descendants();
    process.kill(server!, 'SIGKILL');
    expect(await demo.daemon.exit).toBe(1);
    expect(demo.daemon.output).toContain('The server ended by itself (SIGKILL).');
    await vi.waitFor(async () => expect(await stillRunning([server!, ...workers])).toEqual([]), EVENTUALLY);
  });
});
