import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  attribute,
  check,
  controlled,
  controlling,
  decoded,
  FakeSocket,
  priority,
  stunMessage,
  useCandidate,
  username,
} from '../../../../../test/support/stun-checks.js';
import { openHandles } from '../native/handle.js';
import { type Route } from '../udp/route.js';
import { type IceAgent } from './ice-agent.js';
import { IceDirectory } from './ice-directory.js';

const HOME = '198.51.100.1';
const TRAIN = '198.51.100.2';
const SUCCESS = 0x0101;
const ERROR = 0x0111;

let nowMs = 0;
let directory: IceDirectory;
let socket: FakeSocket;
let handlesBefore: number;
const opened: IceAgent[] = [];

/** One peer of ours, and what its agent told. */
function peer() {
  const news: string[] = [];
  const place = ({ address }: Route) => (address === HOME ? 'home' : address === TRAIN ? 'train' : address);
  const agent = directory.open({
    onValidated: (route) => news.push(`validated ${place(route)}`),
    onSelected: (route) => news.push(`selected ${place(route)}`),
  });
  opened.push(agent);
  const take = () => news.splice(0);
  return { agent, take };
}

/** What came back for a datagram. */
function receive(bytes: Buffer, address = HOME): Buffer | undefined {
  socket.sent.length = 0;
  directory.receive(socket.from(bytes, address));
  return socket.sent[0]?.datagram;
}

const keyOf = (address: string) => socket.from(Buffer.alloc(0), address).key;
const plain = (agent: IceAgent) => check(agent.credentials);
const nominating = (agent: IceAgent) => check(agent.credentials, [useCandidate]);

beforeEach(() => {
  nowMs = 1_000;
  handlesBefore = openHandles();
  directory = new IceDirectory({ clock: { now: () => nowMs } });
  socket = new FakeSocket();
});

afterEach(() => {
  for (const agent of opened.splice(0)) agent.close();
  expect(openHandles()).toBe(handlesBefore);
});

describe('a check', () => {
  it('is answered from the socket that it came to, with the address that it came from', () => {
    const { agent } = peer();
    const answer = decoded(receive(plain(agent))!);
    expect(answer.type).toBe(SUCCESS);
    const mapped = [...answer.attributes.get(0x0020)!.subarray(4)].map(
      (byte, at) => byte ^ [0x21, 0x12, 0xa4, 0x42][at]!,
    );
    expect(mapped.join('.')).toBe(HOME);
    expect(socket.sent[0]?.route).toMatchObject({ address: HOME, port: 5_000, key: keyOf(HOME) });
  });

  it('validates the address that it came from, and only a nomination leads the media there', () => {
    const { agent, take } = peer();
    receive(plain(agent));
    expect(take()).toEqual(['validated home']);
    expect(agent.routeAt(keyOf(HOME))).toBeDefined();
    expect(directory.agentAt(keyOf(HOME))).toBe(agent);
    expect(agent.selected).toBeUndefined();
    nowMs = 1_050;
    receive(nominating(agent));
    expect(take()).toEqual(['selected home']);
    expect(agent.selected?.address).toBe(HOME);
    expect(agent.lastHeardAtMs).toBe(1_050);
  });

  it('is answered again when it comes again, and tells nothing new', () => {
    const { agent, take } = peer();
    const twice = nominating(agent);
    const first = receive(twice);
    take();
    expect(receive(twice)).toEqual(first);
    expect(take()).toEqual([]);
  });

  it.each([
    ['any tie-breaker', [priority, attribute(0x802a, 'a number')]],
    ['no role', [priority, attribute(0x8022, 'some software')]],
    ['both roles', [priority, controlling, controlled]],
    ['no priority', [controlling]],
  ])('with %s is one of a controlling peer', (_, more) => {
    const { ufrag, pwd } = peer().agent.credentials;
    expect(decoded(receive(stunMessage([username(ufrag), ...more], { pwd }))!).type).toBe(SUCCESS);
  });

  it.each([
    ['of a peer that wants to be controlled', [controlled], '00000457'],
    ['that asks for what nobody knows', [attribute(0x7777)], '00000414'],
  ])('%s is refused, and changes nothing', (_, more, code) => {
    const { agent, take } = peer();
    const { ufrag, pwd } = agent.credentials;
    nowMs = 2_000;
    const request = stunMessage([username(ufrag), priority, useCandidate, attribute(0x8022, 'x'), ...more], { pwd });
    const answer = decoded(receive(request)!);
    expect(answer.type).toBe(ERROR);
    expect(answer.attributes.get(0x0009)?.toString('hex')).toBe(code);
    expect(answer.attributes.has(0x0008)).toBe(true);
    expect(take()).toEqual([]);
    expect(agent.lastHeardAtMs).toBe(1_000);
    expect(directory.agentAt(keyOf(HOME))).toBeUndefined();
  });

  it('is longer than its answer, or gets none and changes nothing', () => {
    const { agent, take } = peer();
    const { ufrag, pwd } = agent.credentials;
    const shortest = stunMessage([username(ufrag, '')], { pwd, fingerprint: 'none' });
    expect(receive(shortest, '2001:db8::1')).toBeUndefined();
    expect(take()).toEqual([]);
    const asRequired = stunMessage([username(ufrag, ''), priority, controlling], { pwd, fingerprint: 'none' });
    expect(receive(asRequired, '2001:db8::1')?.length).toBeLessThanOrEqual(asRequired.length);
    const unknown = Array.from({ length: 1_000 }, (_, index) => attribute(0x4000 + index));
    expect(receive(check(agent.credentials, unknown))).toHaveLength(80);
  });

  it('from port 0 is ignored', () => {
    const { agent, take } = peer();
    directory.receive(socket.from(nominating(agent), HOME, 0));
    expect(take()).toEqual([]);
    expect(socket.sent).toEqual([]);
  });

  it.each([
    ['for nobody here', () => check({ ufrag: 'somebody', pwd: 'of some other server, or none' })],
    ['with another password', (agent: IceAgent) => check({ ...agent.credentials, pwd: 'guessed' })],
    ['with a longer name', ({ credentials: { ufrag, pwd } }: IceAgent) => check({ ufrag: `${ufrag}x`, pwd })],
    ['with a shorter name', ({ credentials: { ufrag, pwd } }: IceAgent) => check({ ufrag: ufrag.slice(0, 7), pwd })],
    [
      'with a name and no colon',
      ({ credentials: { ufrag, pwd } }: IceAgent) =>
        stunMessage([attribute(0x0006, ufrag), controlling, priority], { pwd }),
    ],
    ['as an indication', (agent: IceAgent) => check(agent.credentials, [], { type: 0x0011 })],
    ['as a response', (agent: IceAgent) => check(agent.credentials, [], { type: SUCCESS })],
    ['with a wrong fingerprint', (agent: IceAgent) => check(agent.credentials, [], { fingerprint: Buffer.alloc(4) })],
    ['with an empty fingerprint', (agent: IceAgent) => check(agent.credentials, [], { fingerprint: Buffer.alloc(0) })],
  ])('%s is ignored and gets no answer', (_, of) => {
    const { agent, take } = peer();
    expect(receive(of(agent))).toBeUndefined();
    expect(take()).toEqual([]);
    expect(directory.agentAt(keyOf(HOME))).toBeUndefined();
  });
});

describe('the address that carries the media', () => {
  it('is the newest that was nominated, however often', () => {
    const { agent } = peer();
    for (const address of [HOME, TRAIN, HOME, TRAIN]) {
      receive(nominating(agent), address);
      expect(agent.selected?.address).toBe(address);
    }
  });

  it('gives way to one that only checks once it was silent for 3 s', () => {
    const { agent, take } = peer();
    receive(nominating(agent));
    nowMs += 3_000;
    receive(plain(agent), TRAIN);
    expect(agent.selected?.address).toBe(HOME);
    nowMs += 1;
    take();
    receive(plain(agent), TRAIN);
    expect(agent.selected?.address).toBe(TRAIN);
    expect(take()).toEqual(['selected train']);
  });

  it.each(['a check', 'media'])('is not silent while %s comes from it', (what) => {
    const { agent } = peer();
    receive(nominating(agent));
    for (let second = 0; second < 10; second += 1) {
      nowMs += 1_000;
      if (what === 'media') agent.heardFrom(keyOf(HOME), nowMs);
      else receive(plain(agent));
      receive(plain(agent), TRAIN);
    }
    expect(agent.selected?.address).toBe(HOME);
  });

  it('is not moved by media, which is consent from a validated address and nothing from another', () => {
    const { agent, take } = peer();
    receive(nominating(agent));
    receive(plain(agent), TRAIN);
    take();
    agent.heardFrom(keyOf(TRAIN), 9_000);
    expect(agent.lastHeardAtMs).toBe(9_000);
    agent.heardFrom(keyOf('203.0.113.1'), 10_000);
    expect(agent.lastHeardAtMs).toBe(9_000);
    expect(agent.selected?.address).toBe(HOME);
    expect(take()).toEqual([]);
  });

  it('gives way to media from another address once its consent is over', () => {
    const { agent, take } = peer();
    receive(plain(agent), TRAIN);
    receive(nominating(agent));
    take();
    agent.heardFrom(keyOf(TRAIN), nowMs + 30_000);
    expect(agent.selected?.address).toBe(HOME);
    agent.heardFrom(keyOf(TRAIN), nowMs + 30_001);
    expect(agent.selected?.address).toBe(TRAIN);
    expect(take()).toEqual(['selected train']);
    agent.close();
  });

  it('is told apart by our own address, too', () => {
    const { agent } = peer();
    const other = new FakeSocket('192.0.2.200');
    receive(nominating(agent));
    directory.receive(other.from(nominating(agent), HOME));
    expect(agent.selected?.socket).toBe(other);
    expect(other.sent).toHaveLength(1);
  });
});

describe('the addresses of a peer', () => {
  it('are eight at most: the one that was silent for longest goes, and never the one that carries the media', () => {
    const { agent } = peer();
    const addresses = Array.from({ length: 20 }, (_, index) => `203.0.113.${index}`);
    receive(nominating(agent), addresses[0]);
    for (const address of addresses.slice(1, 8)) {
      nowMs += 1;
      receive(plain(agent), address);
    }
    agent.heardFrom(keyOf(addresses[1]!), (nowMs += 1));
    for (const address of addresses.slice(8, 14)) {
      nowMs += 1;
      receive(plain(agent), address);
    }
    const kept = addresses.filter((address) => agent.routeAt(keyOf(address)));
    expect(kept).toEqual([0, 1, 8, 9, 10, 11, 12, 13].map((index) => addresses[index]));
    expect(addresses.filter((address) => directory.agentAt(keyOf(address)) === agent)).toEqual(kept);
  });

  it('make room for a new one even when all others were heard later', () => {
    const { agent } = peer();
    for (let index = 0; index < 8; index += 1) {
      receive(plain(agent), `203.0.113.${index}`);
      agent.heardFrom(keyOf(`203.0.113.${index}`), 2_000);
    }
    receive(plain(agent));
    expect(agent.routeAt(keyOf(HOME))).toBeDefined();
  });

  it('are kept as they came first', () => {
    const { agent } = peer();
    receive(plain(agent));
    const again = socket.from(nominating(agent), HOME);
    const route = () => expect.fail('a route was made for an address that is known');
    directory.receive({ ...again, route });
    expect(agent.selected?.address).toBe(HOME);
  });

  it('belong to whoever authenticated there last', () => {
    const [victim, thief] = [peer(), peer()];
    receive(nominating(victim.agent));
    receive(plain(thief.agent));
    expect(directory.agentAt(keyOf(HOME))).toBe(thief.agent);
    expect(victim.agent.routeAt(keyOf(HOME))).toBeUndefined();
    victim.agent.heardFrom(keyOf(HOME), 5_000);
    expect(victim.agent.lastHeardAtMs).toBe(1_000);
    // A forged check silences nobody.
    expect(victim.agent.selected?.address).toBe(HOME);
    victim.take();
    nowMs = 2_000;
    receive(plain(victim.agent));
    expect(victim.take()).toEqual(['validated home']);
    expect(directory.agentAt(keyOf(HOME))).toBe(victim.agent);
    expect(thief.agent.routeAt(keyOf(HOME))).toBeUndefined();
    // It is as if nothing had been: the address carries the media, and is not silent while it checks.
    nowMs = 5_000;
    receive(plain(victim.agent));
    receive(plain(victim.agent), TRAIN);
    expect(victim.agent.selected?.address).toBe(HOME);
    victim.agent.close();
    expect(directory.agentAt(keyOf(HOME))).toBeUndefined();
  });

  it('stay the new owner’s when the former one closes', () => {
    const [former, next] = [peer(), peer()];
    receive(nominating(former.agent));
    receive(nominating(next.agent));
    former.agent.close();
    expect(directory.agentAt(keyOf(HOME))).toBe(next.agent);
  });
});

describe('a restart', () => {
  it('gives new credentials that ICE allows', () => {
    const { agent } = peer();
    const first = agent.credentials;
    const second = agent.restart();
    expect(agent.credentials).toBe(second);
    for (const { ufrag, pwd } of [first, second]) {
      expect(ufrag).toMatch(/^[A-Za-z0-9+/]{16}$/);
      expect(pwd).toMatch(/^[A-Za-z0-9+/]{24}$/);
    }
    expect(second.ufrag).not.toBe(first.ufrag);
    expect(second.pwd).not.toBe(first.pwd);
  });

  it('changes nothing before the first check under the new credentials, and the address not before a nomination', () => {
    const { agent, take } = peer();
    const old = agent.credentials;
    receive(nominating(agent));
    const fresh = agent.restart();
    take();
    receive(check(old, [useCandidate]), TRAIN);
    expect(take()).toEqual(['validated train', 'selected train']);

    receive(check(fresh), TRAIN);
    expect(take()).toEqual([]);
    expect(agent.routeAt(keyOf(HOME))).toBeDefined();
    expect(agent.selected?.address).toBe(TRAIN);
    expect(receive(check(old))).toBeUndefined();

    receive(check(fresh, [useCandidate]));
    expect(take()).toEqual(['selected home']);
  });

  it('forgets credentials under which nobody checked', () => {
    const { agent } = peer();
    const old = agent.credentials;
    const [unused, newest] = [agent.restart(), agent.restart()];
    expect(receive(check(unused))).toBeUndefined();
    expect(receive(check(old))).toBeDefined();
    expect(receive(check(newest))).toBeDefined();
    expect(receive(check(old))).toBeUndefined();
    expect(openHandles()).toBe(handlesBefore + 1);
  });

  it('is not begun by a refused check', () => {
    const { agent, take } = peer();
    const old = agent.credentials;
    receive(check(agent.restart(), [attribute(0x7777)]));
    expect(take()).toEqual([]);
    expect(receive(check(old))).toBeDefined();
  });
});

describe('a closed agent', () => {
  it('is found no more, neither by name nor by address', () => {
    const { agent, take } = peer();
    receive(nominating(agent));
    const old = agent.credentials;
    const fresh = agent.restart();
    agent.close();
    agent.close();
    take();
    for (const each of [old, fresh]) expect(receive(check(each))).toBeUndefined();
    expect(directory.agentAt(keyOf(HOME))).toBeUndefined();
    expect(take()).toEqual([]);
    expect(() => agent.restart()).toThrow(/after it was closed/);
  });

  it('tells nothing more, even when its own news closed it', () => {
    const news: string[] = [];
    const agent = directory.open({
      onValidated: () => {
        news.push('validated');
        agent.close();
      },
      onSelected: () => news.push('selected'),
    });
    receive(nominating(agent));
    expect(news).toEqual(['validated']);
  });
});
