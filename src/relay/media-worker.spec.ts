import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fork } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WORKER_SETTINGS } from '../../test/support/fake-worker.js';
import { MediaUnavailableError } from '../errors/app-error.js';
import { AwakeClock } from '../process/awake-clock.js';
import type { FromWorker, ToWorker } from './media-protocol.js';
import { MediaWorker } from './media-worker.js';

vi.mock(import('node:child_process'), async (original) => ({ ...(await original()), fork: vi.fn() }));

type Sent = (error: Error | null) => void;

/** The far end of the channel: it says what the test says. */
class Child extends EventEmitter {
  readonly pid = 2 ** 30;
  readonly stderr = null;
  connected = true;
  readonly batches: ToWorker[][] = [];
  send = vi.fn((messages: ToWorker[], sent: Sent) => {
    this.batches.push(messages);
    sent(null);
    return true;
  });
  kill = vi.fn();
  disconnect = vi.fn(() => this.emit('exit', 0, null));

  says(...messages: FromWorker[]): void {
    this.emit('message', messages);
  }
}

let clock: AwakeClock;
let child: Child;
let worker: MediaWorker;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  clock = new AwakeClock();
  child = new Child();
  vi.mocked(fork).mockReturnValue(child as never);
  const started = MediaWorker.start(WORKER_SETTINGS, clock);
  await nextTurn();
  child.says({ kind: 'reply', id: 1, body: { udpPort: 50_000 } });
  worker = await started;
});

afterEach(() => {
  child.emit('exit', 0, null);
  clock.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('MediaWorker', () => {
  it('sends all requests of one turn together, and gives each its reply', async () => {
    const first = worker.request('closePeer', { peerId: 'a' });
    const second = worker.request('closePeer', { peerId: 'b' });
    const events: unknown[] = [];
    worker.on('event', (event) => events.push(event));
    await nextTurn();
    expect(child.batches.map((batch) => batch.map(({ name }) => name))).toEqual([
      ['start'],
      ['closePeer', 'closePeer'],
    ]);
    const event = { type: 'peerConnected', peerId: 'c' } as const;
    child.says(
      { kind: 'failure', id: 3, message: 'no such peer' },
      { kind: 'event', event },
      { kind: 'reply', id: 2, body: null },
    );
    await expect(first).resolves.toBeNull();
    await expect(second).rejects.toThrow('no such peer');
    expect(events).toEqual([event]);
  });

  it('gives up a request that is not answered in 3 s, and none for time in which this process was away', async () => {
    let outcome: unknown = 'waits';
    worker.request('closePeer', { peerId: 'a' }).catch((error: unknown) => (outcome = error));
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    vi.advanceTimersByTime(2_500);
    await nextTurn();
    expect(outcome).toBe('waits');
    vi.advanceTimersByTime(1_000);
    await nextTurn();
    expect(outcome).toBeInstanceOf(MediaUnavailableError);
  });

  it('refuses what it could not send, and everything once the process is gone', async () => {
    child.send.mockImplementation((_messages, sent) => {
      sent(new Error('the channel is closed'));
      return false;
    });
    await expect(worker.request('closePeer', { peerId: 'a' })).rejects.toBeInstanceOf(MediaUnavailableError);
    const waiting = worker.request('closePeer', { peerId: 'b' });
    child.emit('exit', null, 'SIGKILL');
    await expect(waiting).rejects.toBeInstanceOf(MediaUnavailableError);
    await expect(worker.request('closePeer', { peerId: 'c' })).rejects.toBeInstanceOf(MediaUnavailableError);
  });

  it('cuts the channel once the worker has closed its peers, which ends it', async () => {
    const closed = worker.close();
    await nextTurn();
    expect(child.disconnect).not.toHaveBeenCalled();
    child.says({ kind: 'reply', id: 2, body: null });
    await closed;
    expect(child.disconnect).toHaveBeenCalledTimes(1);
  });
});
