import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { sdpLines, type Answer } from '../support/signaling.js';

/** Longer than a peer that nobody answers is kept, and than one that sends nothing. */
const LONG_MS = 12_000;
const SHORT_TIMEOUTS = { PEER_CONNECT_TIMEOUT_MS: '5000', PEER_SILENCE_TIMEOUT_MS: '9000' };

type Exchange = (post: () => Promise<Answer>) => Promise<Answer>;

/** Posted as by a client whose first call timed out, or whose library repeats calls. */
const FIRST_OR_SECOND: readonly (readonly [used: string, exchange: Exchange])[] = [
  ['the first answer is used', async (post) => [await post(), await post()][0]!],
  ['the second answer is used', async (post) => [await post(), await post()][1]!],
  ['both are on their way at once', async (post) => (await Promise.all([post(), post()]))[0]],
];

/** The session id and version of `o=` (RFC 8866, 5.2). */
function origin({ sdp }: Answer): readonly [id: string, version: bigint] {
  const [, id = '', version = ''] = sdpLines(sdp, 'o=')[0]!.split(' ');
  return [id, BigInt(version)];
}

const unchanged = ({ sdp }: Answer): string[] =>
  ['a=ice-ufrag:', 'a=ice-pwd:', 'a=fingerprint:', 'a=setup:', 'a=ssrc:', 'm=', 'a=candidate:'].flatMap((prefix) =>
    sdpLines(sdp, prefix),
  );

describe('an offer that is posted more than once', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_TIMEOUTS });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const listed = async (masjid: string) => (await scene.broadcasts())[masjid];

  it.concurrent.each(FIRST_OR_SECOND)('makes one listener, who hears, when %s', async (used, exchange) => {
    const connectionID = `listener: ${used}`;
    await scene.broadcaster({ connectionID });
    const answers: Answer[] = [];
    const keeping: Exchange = (post) =>
      exchange(async () => {
        const answer = await post();
        answers.push(answer);
        return answer;
      });
    const listener = await scene.listener({ connectionID, exchange: keeping });
    expect(answers.map(({ sdp }) => sdp)).toEqual([listener.answer.sdp, listener.answer.sdp]);
    expect(await listed(connectionID)).toHaveLength(1);
    await listener.untilHears(1_000);
    await sleep(LONG_MS);
    expect(await listed(connectionID)).toMatchObject([{ state: 'connected' }]);
    expect(listener.tone?.frequencyHz).toBe(1_000);
  });

  it.concurrent.each(FIRST_OR_SECOND)('makes one broadcaster, who is heard, when %s', async (used, exchange) => {
    const connectionID = `broadcaster: ${used}`;
    const broadcaster = await scene.broadcaster({ connectionID, exchange });
    const listener = await scene.hearer({ connectionID });
    await sleep(LONG_MS);
    expect(listener.tone?.frequencyHz).toBe(1_000);
    expect(broadcaster.dtlsState).toBe('connected');
  });

  it.concurrent('by two apps makes two listeners, however alike they are', async () => {
    const connectionID = 'two apps';
    await scene.broadcaster({ connectionID });
    await Promise.all([scene.hearer({ connectionID, version: 1 }), scene.hearer({ connectionID, version: 1 })]);
    expect(await listed(connectionID)).toHaveLength(2);
  });
});

describe('a newer offer of the same session with the same ICE credentials', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_TIMEOUTS });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  function expectNextVersion(before: Answer, after: Answer): void {
    const [id, version] = origin(before);
    expect(origin(after)).toEqual([id, version + 1n]);
    expect(unchanged(after)).toEqual(unchanged(before));
  }

  it.concurrent('stays the same listener', async () => {
    const connectionID = 'listener';
    await scene.broadcaster({ connectionID });
    const listener = await scene.hearer({ connectionID });
    const known = (await scene.broadcasts())[connectionID];
    for (let times = 0; times < 2; times += 1) {
      const before = listener.answer;
      expectNextVersion(before, await listener.offerAgain());
    }
    await sleep(LONG_MS);
    expect((await scene.broadcasts())[connectionID]).toEqual(known);
    await listener.untilHears(1_000, 1_000);
  });

  it.concurrent('stays the same broadcaster', async () => {
    const connectionID = 'broadcaster';
    const broadcaster = await scene.broadcaster({ connectionID });
    const listener = await scene.hearer({ connectionID });
    const before = broadcaster.answer;
    expectNextVersion(before, await broadcaster.offerAgain());
    await sleep(LONG_MS);
    await listener.untilHears(1_000, 1_000);
  });
});
