import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { sdpLines, type Answer } from '../support/signaling.js';

/** Longer than a relay keeps a peer which it takes for gone: until then its old sound may hide that the new one is missing. */
const LONG_MS = 13_000;
const SHORT_SILENCE = { PEER_SILENCE_TIMEOUT_MS: '9000' };

/** What is another one after a restart, and what is the same (RFC 8839, 4.4; RFC 8842, 4). */
const credentials = ({ sdp }: Answer): string[] => [...sdpLines(sdp, 'a=ice-ufrag:'), ...sdpLines(sdp, 'a=ice-pwd:')];
const identity = ({ sdp }: Answer): string[] => [
  ...sdpLines(sdp, 'a=fingerprint:'),
  ...sdpLines(sdp, 'a=setup:'),
  ...sdpLines(sdp, 'a=ssrc:'),
];

describe('an app that restarts ICE and posts again, over the same connection', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_SILENCE });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  function expectContinued(before: Answer, after: Answer): void {
    expect(identity(after)).toEqual(identity(before));
    for (const line of credentials(after)) expect(credentials(before)).not.toContain(line);
  }

  it.concurrent('goes on hearing as a listener, and is counted once', async () => {
    const connectionID = 'listener';
    await scene.broadcaster({ connectionID });
    const listener = await scene.hearer({ connectionID });
    const before = listener.answer;
    expectContinued(before, await listener.offerAgain({ iceRestart: true }));
    await sleep(LONG_MS);
    await listener.untilHears(1_000, 1_000);
    expect((await scene.broadcasts())[connectionID]).toMatchObject([{ state: 'connected' }]);
    expect(listener.peer.connectionState).toBe('connected');
  });

  it.concurrent('goes on being heard as a broadcaster', async () => {
    const connectionID = 'broadcaster';
    const broadcaster = await scene.broadcaster({ connectionID });
    const listener = await scene.hearer({ connectionID });
    const before = broadcaster.answer;
    expectContinued(before, await broadcaster.offerAgain({ iceRestart: true }));
    await sleep(LONG_MS);
    await listener.untilHears(1_000, 1_000);
    expect(broadcaster.peer.connectionState).toBe('connected');
  });

  it.concurrent('from another address, as a phone does that came from Wi-Fi to the mobile network', async () => {
    const connectionID = 'moved';
    const broadcaster = await scene.broadcaster({ connectionID, behindProxy: true });
    const listener = await scene.hearer({ connectionID, behindProxy: true });
    for (const { proxy } of [broadcaster, listener]) {
      proxy.goAway();
      proxy.rebind();
    }
    await sleep(2_000);
    for (const { proxy } of [broadcaster, listener]) proxy.comeBack();
    await Promise.all([broadcaster, listener].map((peer) => peer.offerAgain({ iceRestart: true })));
    await listener.untilHears(1_000, 5_000);
    await sleep(LONG_MS);
    await listener.untilHears(1_000, 1_000);
  });
});
