import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  check,
  controlling,
  decoded,
  FakeSocket,
  priority,
  type StunAttribute,
  stunMessage,
  useCandidate,
  username,
} from '../../../../../test/support/stun-checks.js';
import { openHandles } from '../native/handle.js';
import { type IceAgent } from './ice-agent.js';
import { IceDirectory } from './ice-directory.js';

const HOME = '198.51.100.1';
const FAR = '2001:db8::2';
const RUNS = { numRuns: 3_000 };
const MAX_ANSWER_BYTES = 80;
const QUIET = { onValidated() {}, onSelected() {} };

const directory = new IceDirectory({ clock: { now: () => 0 } });
const socket = new FakeSocket();
let told = 0;
let handlesBefore: number;
let agent: IceAgent;

beforeAll(() => {
  handlesBefore = openHandles();
  const tell = () => (told += 1);
  agent = directory.open({ onValidated: tell, onSelected: tell });
  directory.receive(socket.from(check(agent.credentials, [useCandidate]), HOME));
});

afterAll(() => {
  expect(openHandles()).toBe(handlesBefore + 1);
  agent.close();
  expect(openHandles()).toBe(handlesBefore);
});

/** The answer to a datagram, which must itself stay as it came. */
function receive(datagram: Buffer): Buffer | undefined {
  const before = Buffer.from(datagram);
  socket.sent.length = 0;
  directory.receive(socket.from(datagram, FAR));
  expect(datagram.equals(before)).toBe(true);
  expect(socket.sent.length).toBeLessThanOrEqual(1);
  const answer = socket.sent[0]?.datagram;
  expect(answer?.length ?? 0).toBeLessThanOrEqual(Math.min(datagram.length, MAX_ANSWER_BYTES));
  return answer;
}

function expectNothingOf(datagram: Buffer): void {
  const toldBefore = told;
  expect(receive(datagram)).toBeUndefined();
  expect(told).toBe(toldBefore);
  expect(directory.agentAt(socket.from(datagram, FAR).key)).toBeUndefined();
  expect(agent.selected?.address).toBe(HOME);
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
/** Begins as a request does, so that what follows is looked at. */
const stunLike = bytes.map((rest) => {
  const datagram = Buffer.concat([stunMessage([], { fingerprint: 'none' }), rest]);
  datagram.writeUInt16BE(rest.length, 2);
  return datagram;
});
const KNOWN_TYPES = [1, 6, 8, 9, 0xa, 0x20, 0x24, 0x25, 0x8022, 0x8028, 0x8029, 0x802a, 0xc057];
const anyAttribute: fc.Arbitrary<StunAttribute> = fc.record(
  {
    type: fc.oneof(fc.constantFrom(...KNOWN_TYPES), fc.nat(0xffff)),
    value: fc.uint8Array({ maxLength: 24 }).map((each) => Buffer.from(each)),
    claimedBytes: fc.oneof(fc.nat(30), fc.nat(0xffff)),
  },
  { requiredKeys: ['type', 'value'] },
);
const attributes = fc.array(anyAttribute, { maxLength: 12 });

describe('whatever comes as STUN', () => {
  it('gets no answer and changes nothing when it is noise', () => {
    fc.assert(fc.property(fc.oneof(bytes, stunLike), expectNothingOf), RUNS);
  });

  it('gets no answer and changes nothing when anything that was signed is another', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const original = check(agent.credentials, [useCandidate], { fingerprint: 'none' });
      const datagram = Buffer.from(original);
      for (const [at, mask] of changes) datagram[at % datagram.length]! ^= mask;
      if (!datagram.equals(original)) expectNothingOf(datagram);
    });
    fc.assert(property, RUNS);
  });

  it('gets no answer and changes nothing when it is cut, or longer than it says', () => {
    fc.assert(
      fc.property(fc.nat(200), bytes, (length, rest) => {
        const whole = check(agent.credentials, [useCandidate]);
        if (length < whole.length) {
          const cut = Buffer.from(whole.subarray(0, length));
          expectNothingOf(cut);
          if (length >= 20) cut.writeUInt16BE(length - 20, 2);
          if (length < whole.length - 8) expectNothingOf(cut);
        }
        if (rest.length > 0) expectNothingOf(Buffer.concat([whole, rest]));
      }),
      RUNS,
    );
  });

  it('gets no answer and changes nothing when somebody else signed it, whatever it says', () => {
    const property = fc.property(attributes, attributes, fc.string(), (signed, unsigned, pwd) => {
      expectNothingOf(stunMessage([username(agent.credentials.ufrag), ...signed], { pwd, unsigned }));
    });
    fc.assert(property, RUNS);
  });

  it('is answered or not, and never throws, when it is signed and malformed', () => {
    const fingerprint = fc.oneof(
      fc.constantFrom('right' as const, 'none' as const),
      fc.uint8Array({ maxLength: 8 }).map((each) => Buffer.from(each)),
    );
    const property = fc.property(attributes, attributes, fingerprint, (signed, unsigned, mark) => {
      const peer = directory.open(QUIET);
      try {
        const { ufrag, pwd } = peer.credentials;
        const all = [username(ufrag), controlling, priority, ...signed];
        const answer = receive(stunMessage(all, { pwd, unsigned, fingerprint: mark }));
        const isAccepted = answer !== undefined && decoded(answer).type === 0x0101;
        const key = socket.from(Buffer.alloc(0), FAR).key;
        expect(peer.routeAt(key) !== undefined).toBe(isAccepted);
        expect(directory.agentAt(key)).toBe(isAccepted ? peer : undefined);
      } finally {
        peer.close();
      }
    });
    fc.assert(property, RUNS);
  });

  it('leaves eight addresses and one owner each, in whatever order peers check, restart and close', () => {
    const act = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('check', 'check', 'check', 'nominate', 'restart', 'heard', 'reopen'),
      from: fc.nat(15),
      waitMs: fc.nat(2_000),
    });
    const property = fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      let nowMs = 0;
      const town = new IceDirectory({ clock: { now: () => nowMs } });
      const open = () => town.open(QUIET);
      const peers = [open(), open(), open()];
      const keys = Array.from({ length: 16 }, (_, index) => socket.from(Buffer.alloc(0), HOME, 1 + index).key);
      const handles = openHandles();
      for (const { who, what, from, waitMs } of acts) {
        nowMs += waitMs;
        const peer = peers[who]!;
        if (what === 'restart') peer.restart();
        else if (what === 'heard') peer.heardFrom(keys[from]!, nowMs);
        else if (what === 'reopen') {
          peer.close();
          peers[who] = open();
        } else {
          const datagram = check(peer.credentials, what === 'nominate' ? [useCandidate] : []);
          town.receive(socket.from(datagram, HOME, 1 + from));
          expect(town.agentAt(keys[from]!)).toBe(peer);
        }
        for (const each of peers) {
          const owned = keys.filter((key) => each.routeAt(key));
          expect(owned).toEqual(keys.filter((key) => town.agentAt(key) === each));
          expect(owned.length).toBeLessThanOrEqual(8);
        }
        expect(openHandles()).toBeLessThanOrEqual(handles + peers.length);
      }
      for (const each of peers) each.close();
      expect(openHandles()).toBe(handles - peers.length);
      expect(keys.some((key) => town.agentAt(key) !== undefined)).toBe(false);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
