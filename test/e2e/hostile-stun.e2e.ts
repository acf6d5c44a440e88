import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LISTENER } from '../support/calls.js';
import { iceLogin, nomination } from '../support/ice-check.js';
import { malformedChecks, UNKNOWN_REQUIRED } from '../support/malformed-checks.js';
import { ofAnotherClient } from '../support/offers.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn, type RtpListener } from '../support/rtp-listener.js';
import { mediaPort, negotiate } from '../support/signaling.js';
import { StunClient } from '../support/stun-client.js';
import { ATTRIBUTE, attributeOf, errorCodeOf, isSignedWith, mappedAddressOf, STUN_METHOD } from '../support/stun.js';

const ROUNDS = 5;
const EVENTUALLY = { timeout: 10_000, interval: 20 };
const [PRIORITY, CONTROLLING, USE_CANDIDATE] = nomination() as [[number, Buffer], [number, Buffer], [number, Buffer]];

async function expectUnbroken(listeners: readonly RtpListener[]): Promise<void> {
  const before = listeners.map(({ packets }) => packets.length);
  for (const [index, { packets }] of listeners.entries()) {
    await expect.poll(() => packets.length, EVENTUALLY).toBeGreaterThan(before[index]! + 10);
    expect(breaksIn(packets)).toEqual([]);
  }
}

/** A peer that asked to listen, and does everything else by hand. */
async function invited(scene: RelayScene) {
  const offer = ofAnotherClient(LISTENER);
  const { sdp } = await negotiate(scene.server.url, '/consumer', { connectionID: scene.masjid }, offer);
  return { login: iceLogin(sdp, offer), port: mediaPort(sdp) };
}

describe('checks that are signed correctly and make no sense cost nobody a packet', () => {
  async function withCrowd(send: (scene: RelayScene) => Promise<void>): Promise<void> {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    await expectUnbroken(listeners);
    await send(scene);
    await expectUnbroken(listeners);
    expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
    await expectUnbroken([await scene.rtpListener()]);
  }

  it('from strangers, who do not know the password', async () => {
    await withCrowd(async (scene) => {
      const { login, port } = await invited(scene);
      await using stranger = await StunClient.open(port, login);
      for (const [, datagram] of malformedChecks({ ...login, password: 'x'.repeat(32) })) stranger.send(datagram);
      await sleep(200);
      expect(stranger.received).toEqual([]);
    });
  });

  it('from one that was invited, before and after its address is known to be its own', async () => {
    await withCrowd(async (scene) => {
      const { login, port } = await invited(scene);
      await using client = await StunClient.open(port, login);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [, datagram] of malformedChecks(login)) client.send(datagram);
        await sleep(20);
        if (round === 1) await client.check();
      }
      // Whatever it sent, it is still let in, from another port too.
      await using again = await StunClient.open(port, login);
      expect((await again.check())?.type).toBe(STUN_METHOD.success);
    });
  });

  it('from the address of a broadcaster and of a listener, who go on', async () => {
    await withCrowd(async (scene) => {
      const connectionID = 'joined';
      const broadcaster = await scene.speaker({ connectionID, behindProxy: true });
      const listener = await scene.rtpListener({ connectionID, behindProxy: true });
      await expectUnbroken([listener]);
      for (const { proxy, answer, offer } of [broadcaster, listener]) {
        const login = iceLogin(answer, offer);
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const [, datagram] of malformedChecks(login)) proxy.inject(datagram);
          await sleep(20);
        }
      }
      await expectUnbroken([listener]);
    });
  });
});

describe('a check by hand is answered as the standard has it', () => {
  let scene: RelayScene;
  let client: StunClient;
  let password: string;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const { login, port } = await invited(scene);
    ({ password } = login);
    client = await StunClient.open(port, login);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
  });

  it('with the address that it came from, signed', async () => {
    const answer = (await client.check())!;
    expect(answer.type).toBe(STUN_METHOD.success);
    expect(isSignedWith(answer, password)).toBe(true);
    expect(mappedAddressOf(answer)).toBe(client.address);
  });

  it('also when its tie-breaker is 0, as that of browsers behind TURN over TCP', async () => {
    expect((await client.check(nomination(Buffer.alloc(8))))?.type).toBe(STUN_METHOD.success);
  });

  it('without a nomination', async () => {
    expect((await client.check([PRIORITY, CONTROLLING]))?.type).toBe(STUN_METHOD.success);
  });

  it('by 487, signed, when both would be controlled (RFC 8445, 7.3.1.1)', async () => {
    for (const tieBreaker of [Buffer.alloc(8), Buffer.alloc(8, 0xff)]) {
      const answer = (await client.check([PRIORITY, [ATTRIBUTE.iceControlled, tieBreaker]]))!;
      expect([answer.type, errorCodeOf(answer)]).toEqual([STUN_METHOD.error, 487]);
      expect(isSignedWith(answer, password)).toBe(true);
    }
    // And the roles are what they were.
    expect((await client.check())?.type).toBe(STUN_METHOD.success);
  });

  it('by 420, signed, with the names of what had to be understood (RFC 8489, 6.3.1)', async () => {
    const unknown: [number, Buffer] = [UNKNOWN_REQUIRED, Buffer.alloc(3)];
    const answer = (await client.check([unknown, PRIORITY, CONTROLLING, USE_CANDIDATE]))!;
    expect([answer.type, errorCodeOf(answer)]).toEqual([STUN_METHOD.error, 420]);
    expect(attributeOf(answer, ATTRIBUTE.unknownAttributes)?.readUInt16BE(0)).toBe(UNKNOWN_REQUIRED);
    expect(isSignedWith(answer, password)).toBe(true);
  });
});
