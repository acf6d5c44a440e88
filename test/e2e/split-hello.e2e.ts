import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { beforeDtls, wasAnswered } from '../support/before-dtls.js';
import { dtlsClientHelloInTwo } from '../support/dtls-client-hello.js';
import type { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';

/** Until the relay knows the address of the peer. */
const VALIDATED_MS = 1_500;
const UNANSWERED_MS = 1_000;
const EVENTUALLY = { timeout: 5_000, interval: 10 };

describe('a ClientHello that spans two datagrams', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.rtpBroadcaster();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  async function sendTo(sends: (proxy: MediaProxy, twice: ReturnType<typeof dtlsClientHelloInTwo>) => Promise<void>) {
    const { proxy } = await beforeDtls(scene);
    await sleep(VALIDATED_MS);
    await sends(proxy, dtlsClientHelloInTwo());
    await vi.waitFor(() => expect(wasAnswered(proxy)).toBe(true), EVENTUALLY);
  }

  const inject = (proxy: MediaProxy, ...datagrams: readonly Buffer[]): Promise<void> => {
    for (const datagram of datagrams) proxy.inject(datagram);
    return Promise.resolve();
  };

  it.concurrent('is answered when they come in order', () => sendTo((proxy, hello) => inject(proxy, ...hello())));

  it.concurrent('is answered when they come in the other order', () =>
    sendTo((proxy, hello) => inject(proxy, ...hello().toReversed())),
  );

  it.concurrent('is answered when each comes twice', () =>
    sendTo((proxy, hello) => {
      const [first, second] = hello();
      return inject(proxy, second, first, second, first);
    }),
  );

  it.concurrent.each([
    ['first', 1],
    ['second', 0],
  ])('is answered when it is sent again because the %s was lost', (_, arrives) =>
    sendTo(async (proxy, hello) => {
      await inject(proxy, hello()[arrives]!);
      await sleep(UNANSWERED_MS);
      expect(wasAnswered(proxy)).toBe(false);
      await inject(proxy, ...hello());
    }),
  );
});
