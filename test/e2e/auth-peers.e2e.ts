import { describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { broadcasterOf, claims, listenerOf, sign } from '../support/tokens.js';

const EVENTUALLY = { timeout: 20_000, interval: 50 };

const audited = ({ server }: RelayScene, event: string) => server.records('"audit":true', `"event":"${event}"`);

const tokenOf = async (masjidId: string, sub: string) =>
  `Bearer ${await sign(claims({ role: 'broadcaster', masjidId, sub, jti: `jti of ${sub}` }))}`;

describe('with real peers', () => {
  it('only the broadcaster of a masjid speaks for it, and the old apps listen without a token', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await expect(scene.broadcaster({ authorization: '' })).rejects.toThrow('answered 401');
    await expect(scene.broadcaster({ authorization: await broadcasterOf('elsewhere') })).rejects.toThrow(
      'answered 403',
    );
    await expect(scene.broadcaster({ authorization: await listenerOf(scene.masjid) })).rejects.toThrow('answered 403');
    expect(await scene.broadcasts()).toEqual({});

    await scene.broadcaster();
    const listener = await scene.hearer();

    // An intruder does not disturb what is heard.
    const intruder = { frequencyHz: 3_000, authorization: await broadcasterOf('elsewhere') };
    await expect(scene.broadcaster(intruder)).rejects.toThrow('answered 403');
    await listener.untilHears(1_000);
    expect(await scene.listenerStates()).toEqual(['connected']);
  });

  it('a listener with a token hears the broadcast where one is needed', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', LISTENER_AUTH: 'token' });
    await scene.broadcaster();
    await expect(scene.listener()).rejects.toThrow('answered 401');
    await expect(scene.listener({ authorization: await listenerOf('elsewhere') })).rejects.toThrow('answered 403');
    await scene.hearer({ authorization: await listenerOf(scene.masjid) });
  });

  it('the audit log tells who began, who took over, and how the broadcast ended', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', BROADCAST_GRACE_SECONDS: '1' });
    const { masjid } = scene;
    await scene.broadcaster({ authorization: await tokenOf(masjid, 'phone') });
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    listeners[1].close();
    const second = await scene.broadcaster({ frequencyHz: 2_000, authorization: await tokenOf(masjid, 'desk') });
    await listeners[0].untilHears(2_000);
    second.close();
    await expect.poll(() => audited(scene, 'broadcast.stopped'), EVENTUALLY).toHaveLength(1);

    const actor = (sub: string) => ({
      role: 'broadcaster',
      sub,
      masjidId: masjid,
      jti: `jti of ${sub}`,
      kid: 'test',
    });
    const line = { level: 'info', masjidId: masjid, address: '127.0.0.1', requestId: expect.any(String) as string };
    expect(audited(scene, 'broadcast.started')).toMatchObject([{ ...line, actor: actor('phone') }]);
    expect(audited(scene, 'broadcast.taken_over')).toMatchObject([
      { ...line, actor: actor('desk'), previousActor: actor('phone') },
    ]);
    const [stopped] = audited(scene, 'broadcast.stopped');
    expect(stopped).toMatchObject({ ...line, actor: actor('desk'), peakListeners: 2 });
    expect(stopped!['durationSeconds']).toBeGreaterThanOrEqual(1);
    expect(stopped!['durationSeconds']).toBeLessThan(60);
  });

  it('the audit log is whole when the server stops during a broadcast', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster();
    await scene.hearer();
    await scene.server.close();
    expect(audited(scene, 'broadcast.stopped')).toMatchObject([{ masjidId: scene.masjid, peakListeners: 1 }]);
  });
});
