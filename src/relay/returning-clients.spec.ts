import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WORKER_SETTINGS } from '../../test/support/fake-worker.js';
import { ofAnotherClient, recordedOffer } from '../../test/support/offers.js';
import { peerOffer } from '../../test/support/snapshots.js';
import { AwakeClock } from '../process/awake-clock.js';
import { PeerHandle } from './peer-handle.js';
import { clientKeyOf, ReturningClients, type Answered } from './returning-clients.js';
import { reduceOffer } from './sdp/reduce-offer.js';
import { WorkerSlot } from './worker-slot.js';

const SDP = recordedOffer('chromium-156-listener');
const clock = new AwakeClock();
const worker = new WorkerSlot(WORKER_SETTINGS, clock);

let clients: ReturningClients;

beforeEach(() => {
  vi.useFakeTimers();
  clients = new ReturningClients();
});

afterEach(() => {
  vi.useRealTimers();
});

function peer(clientKey = 'a'): PeerHandle {
  return new PeerHandle(crypto.randomUUID(), 'listener', 0, worker, clientKey, false, peerOffer());
}

describe('the key of a client', () => {
  const keyOf = (sdp = SDP, role: 'broadcaster' | 'listener' = 'listener', masjid = 'an-noor') =>
    clientKeyOf(role, masjid, reduceOffer(sdp));

  it('stays when the client describes itself anew, or restarts ICE', () => {
    const newer = SDP.replace(/^(o=\S+ \d+) 2/m, '$1 3')
      .replace('dvPp', 'another')
      .replace(/a=candidate.*\r\n/g, '');
    expect(newer).not.toBe(SDP);
    expect(keyOf(newer)).toBe(keyOf());
  });

  it.each([
    ['session', keyOf(ofAnotherClient(SDP))],
    ['certificate', keyOf(SDP.replace('22:AC:8A', '22:AC:8B'))],
    ['DTLS association', keyOf(`${SDP}a=tls-id:${'x'.repeat(20)}\r\n`)],
    ['role', keyOf(SDP, 'broadcaster')],
    ['masjid', keyOf(SDP, 'listener', 'al-huda')],
  ])('is another for another %s', (_what, key) => {
    expect(key).not.toBe(keyOf());
  });
});

describe('an offer', () => {
  const ask = (sdp: string, make: () => Promise<Answered | undefined>) =>
    clients.answerOnce('listener', peerOffer({ sdp }), make);

  it('is answered once for a minute, while its peer lives', async () => {
    const handles = [peer(), peer(), peer()];
    const make = vi.fn(async () => ({ answer: 'v=0', handle: handles[make.mock.calls.length - 1]! }));
    const first = ask(SDP, make);
    expect(await ask(SDP, make)).toBe(await first);
    expect(await ask(SDP, make)).toBe(await first);
    expect(make).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect((await ask(SDP, make))!.handle).toBe(handles[1]);
    handles[1]!.state = 'closed';
    expect((await ask(SDP, make))!.handle).toBe(handles[2]);
  });

  it('is answered anew after a refusal, and where there was nothing to hear', async () => {
    await expect(ask(SDP, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(await ask(SDP, async () => undefined)).toBeUndefined();
    expect(await ask(SDP, async () => ({ answer: 'v=0', handle: peer() }))).toMatchObject({ answer: 'v=0' });
  });

  it('is another in another role or for another masjid', async () => {
    const make = vi.fn(async () => ({ answer: 'v=0', handle: peer() }));
    await ask(SDP, make);
    await clients.answerOnce('broadcaster', peerOffer({ sdp: SDP }), make);
    await clients.answerOnce('listener', peerOffer({ sdp: SDP, connectionID: 'al-huda' }), make);
    await clients.answerOnce('listener', peerOffer({ sdp: SDP, connectionID: 7 }), make);
    await clients.answerOnce('listener', peerOffer({ sdp: SDP, connectionID: '7' }), make);
    expect(make).toHaveBeenCalledTimes(4);
  });
});

describe('the peers of a client', () => {
  it('are those that live, the newest of which goes on', () => {
    const [first, second, third] = [peer(), peer(), peer()];
    for (const each of [first, second, third]) clients.opened(each);
    clients.opened(peer('b'));
    expect(clients.predecessorsOf(third)).toEqual([first, second]);
    expect(clients.predecessorsOf(first)).toEqual([]);
    clients.closed(third);
    expect(clients.peerOf('a')).toBe(second);
    clients.closed(second);
    clients.closed(first);
    expect(clients.peerOf('a')).toBeUndefined();
  });
});
