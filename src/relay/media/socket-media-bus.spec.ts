import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketMediaBus } from './socket-media-bus.js';

const PACKET = Buffer.from('a packet');
let directory: string;
let paths: string[];
let open: SocketMediaBus[];
let handlerErrors: string[];

async function bus(index: number): Promise<SocketMediaBus> {
  const made = await SocketMediaBus.open(paths, index, (topic, error) => {
    handlerErrors.push(`${topic}: ${String(error)}`);
  });
  open.push(made);
  return made;
}

/** Publishes until something arrives: a subscription needs a moment to reach the other worker. */
async function publishUntilHeard(from: SocketMediaBus, heard: () => unknown): Promise<void> {
  await vi.waitFor(() => {
    from.publish('masjid', PACKET);
    expect(heard()).toBeTruthy();
  });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bus-spec-'));
  paths = [0, 1, 2].map((index) => join(directory, `${String(index)}.sock`));
  open = [];
  handlerErrors = [];
});

afterEach(async () => {
  for (const each of open) each.close();
  await rm(directory, { recursive: true });
});

describe('SocketMediaBus', () => {
  it('hands a packet to subscribers on this worker at once', async () => {
    const one = await bus(0);
    const heard: string[] = [];
    one.subscribe('masjid', (packet) => heard.push(packet.toString()));
    one.publish('masjid', PACKET);
    expect(heard).toEqual(['a packet']);
  });

  it('hands a packet to every other worker that subscribed, and to no other', async () => {
    const [one, two, three] = [await bus(0), await bus(1), await bus(2)];
    const heard: string[] = [];
    two.subscribe('masjid', (packet) => heard.push(`two ${packet.toString()}`));
    const other = vi.fn();
    three.subscribe('another masjid', other);
    await publishUntilHeard(one, () => heard.length);
    expect(heard[0]).toBe('two a packet');
    expect(other).not.toHaveBeenCalled();
  });

  it('stops when the subscription ends', async () => {
    const [one, two] = [await bus(0), await bus(1)];
    const [ended, marker] = [vi.fn(), vi.fn()];
    const end = two.subscribe('masjid', ended);
    await publishUntilHeard(one, () => ended.mock.calls.length);
    end();
    two.subscribe('marker', marker);
    const untilMarked = (times: number) =>
      vi.waitFor(() => {
        one.publish('marker', PACKET);
        expect(marker.mock.calls.length).toBeGreaterThan(times);
      });
    await untilMarked(0);
    ended.mockClear();
    one.publish('masjid', PACKET);
    await untilMarked(marker.mock.calls.length);
    expect(ended).not.toHaveBeenCalled();
  });

  it('finds a worker again that died and was replaced', async () => {
    const [one, two] = [await bus(0), await bus(1)];
    two.close();
    const successor = await bus(1);
    const heard = vi.fn();
    successor.subscribe('masjid', heard);
    await publishUntilHeard(one, () => heard.mock.calls.length);
  });

  it('keeps the connection when a subscriber throws, and tells of it', async () => {
    const [one, two] = [await bus(0), await bus(1)];
    const defect = vi.fn(() => {
      throw new Error('oh');
    });
    const heard: string[] = [];
    two.subscribe('masjid', defect);
    two.subscribe('masjid', (packet) => heard.push(packet.toString()));
    await publishUntilHeard(one, () => heard.length);
    expect(handlerErrors[0]).toBe('masjid: Error: oh');
    one.publish('masjid', Buffer.from('the last'));
    await vi.waitFor(() => {
      expect(heard.at(-1)).toBe('the last');
    });
    expect(defect).toHaveBeenCalledTimes(heard.length);
  });

  it('survives garbage on its socket', async () => {
    const one = await bus(0);
    const intruder = connect(paths[0] ?? '');
    intruder.on('error', () => undefined);
    const cutOff = new Promise((resolve) => intruder.on('close', resolve));
    intruder.write(Buffer.from('ffffffffffffffff', 'hex'));
    await cutOff;
    const two = await bus(1);
    const heard = vi.fn();
    one.subscribe('masjid', heard);
    await publishUntilHeard(two, () => heard.mock.calls.length);
  });

  it('closes more than once without complaint', async () => {
    const one = await bus(0);
    one.close();
    one.close();
  });
});
