import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WORKER_SETTINGS } from '../../test/support/fake-worker.js';
import { broadcasterReport, peerOffer } from '../../test/support/snapshots.js';
import { AwakeClock } from '../process/awake-clock.js';
import { BroadcastSession } from './broadcast-session.js';
import type { BroadcasterReport } from './media-protocol.js';
import { PeerHandle } from './peer-handle.js';
import type { BroadcastState } from './relay.types.js';
import { WorkerSlot } from './worker-slot.js';

const clock = new AwakeClock();
const worker = new WorkerSlot(WORKER_SETTINGS, clock);

let states: BroadcastState[];
let session: BroadcastSession;

/** @param client those of one client supersede each other only once they are connected */
function broadcaster(client?: string): PeerHandle {
  const generation = session.nextGeneration();
  const peerId = `broadcaster ${String(generation)}`;
  const offer = peerOffer({ connectionID: 'masjid' });
  return new PeerHandle(peerId, 'broadcaster', generation, worker, client ?? peerId, false, offer);
}

function speaks(handle: PeerHandle): PeerHandle[] {
  handle.flowing = true;
  return session.broadcasterFlows(handle);
}

function liveWith(handle: PeerHandle): PeerHandle {
  session.addBroadcaster(handle);
  speaks(handle);
  return handle;
}

const report = ({ peerId }: PeerHandle, changes: Partial<BroadcasterReport> = {}): BroadcasterReport =>
  broadcasterReport({ peerId, ...changes });

beforeEach(() => {
  vi.useFakeTimers();
  states = [];
  session = new BroadcastSession({
    connectionID: 'masjid',
    graceMs: 60_000,
    onState: (_session, state) => states.push(state),
  });
});

afterEach(() => {
  session.end();
  vi.useRealTimers();
});

describe('BroadcastSession', () => {
  it('is live from the first packet on', () => {
    const handle = broadcaster();
    session.addBroadcaster(handle);
    expect(session.state).toBe('connecting');
    speaks(handle);
    expect(session.state).toBe('live');
  });

  it('keeps a broadcaster that never spoke beside the next one of the same client, and beside no other', () => {
    const first = broadcaster('phone');
    session.addBroadcaster(first);
    const second = broadcaster('phone');
    expect(session.addBroadcaster(second)).toEqual([]);
    expect(session.addBroadcaster(broadcaster('another'))).toEqual([first, second]);
  });

  it('is interrupted when its broadcaster goes, and ends when nobody returns in time', () => {
    session.removeBroadcaster(liveWith(broadcaster()));
    expect(session.state).toBe('interrupted');
    vi.advanceTimersByTime(59_999);
    expect(session.state).toBe('interrupted');
    vi.advanceTimersByTime(1);
    expect(states).toEqual(['live', 'interrupted', 'ended']);
  });

  it('goes on when the broadcaster returns in time', () => {
    session.removeBroadcaster(liveWith(broadcaster()));
    vi.advanceTimersByTime(30_000);
    liveWith(broadcaster());
    vi.advanceTimersByTime(120_000);
    expect(states).toEqual(['live', 'interrupted', 'live']);
  });

  it('ends when a returning broadcaster fails to connect as well', () => {
    session.removeBroadcaster(liveWith(broadcaster()));
    const second = broadcaster();
    session.addBroadcaster(second);
    session.removeBroadcaster(second);
    vi.advanceTimersByTime(60_000);
    expect(session.state).toBe('ended');
  });

  it('keeps the speaking broadcaster until the one that takes over speaks', () => {
    const first = liveWith(broadcaster());
    const second = broadcaster();
    expect(session.addBroadcaster(second)).toEqual([]);
    expect(session.state).toBe('live');
    expect(speaks(second)).toEqual([first]);
    session.removeBroadcaster(first);
    expect(states).toEqual(['live']);
  });

  it('stays live when the one that wanted to take over never comes', () => {
    liveWith(broadcaster());
    const second = broadcaster();
    session.addBroadcaster(second);
    session.removeBroadcaster(second);
    expect(session.state).toBe('live');
  });

  it('replaces a broadcaster that is still connecting at once', () => {
    const first = broadcaster();
    session.addBroadcaster(first);
    expect(session.addBroadcaster(broadcaster())).toEqual([first]);
  });

  it('is interrupted while a connected broadcaster sends nothing', () => {
    const handle = liveWith(broadcaster());
    session.broadcasterReports(report(handle, { idleMs: 3_001 }), 1_000);
    session.broadcasterReports(report(handle), 2_000);
    expect(states).toEqual(['live', 'interrupted', 'live']);
  });

  it('tells of whoever speaks, and of nobody else', () => {
    const handle = liveWith(broadcaster());
    session.broadcasterReports(report(handle, { audioLevelDbov: -30 }), 1_000);
    session.broadcasterReports(report(broadcaster(), { audioLevelDbov: -1 }), 1_000);
    const { source, ...snapshot } = session.snapshot();
    expect(snapshot).toMatchObject({ broadcastId: 'masjid', state: 'live' });
    expect(source.audioLevelDbov).toBe(-30);
  });

  it('counts the listeners that never connected, and not those that changed their mind', () => {
    for (const [reason, wasConnected] of [
      ['connect_timeout', false],
      ['failed', false],
      ['worker_lost', false],
      ['left', false],
      ['closed_by_relay', false],
      ['silent', true],
      ['failed', true],
    ] as const) {
      const handle = broadcaster();
      handle.wasConnected = wasConnected;
      session.addListener(handle);
      session.removeListener(handle, reason);
    }
    expect(session.snapshot()).toMatchObject({ joinFailures: 3, listeners: 0 });
  });

  it('tells the listeners that are connected from those that are on their way', () => {
    const [first, second] = [broadcaster(), broadcaster()];
    session.addListener(first);
    session.addListener(second);
    first.state = 'connected';
    expect(session.snapshot()).toMatchObject({ listeners: 2, connectedListeners: 1 });
  });

  it('ends once', () => {
    session.end();
    session.end();
    expect(states).toEqual(['ended']);
  });
});
