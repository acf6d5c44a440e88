import { resolve } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import type { Status, StatusBroadcast } from '../../src/status/status.dto.js';
import { broadcast, expectProblem, join } from '../support/calls.js';
import { RelayScene } from '../support/relay-scene.js';
import { startServer } from '../support/server.js';
import { STATUS_SCHEMA_FILE, expectToFitSchema, statusSchemaOf } from '../support/status-schema.js';
import { admin } from '../support/tokens.js';

const EVENTUALLY = { timeout: 20_000, interval: 200 };
const LEVEL_EXTENSION = /^a=extmap:\d+ urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n/gm;

async function statusOf({ server }: RelayScene): Promise<Status> {
  const { text } = await request(server.url)
    .get('/status')
    .set('Authorization', await admin())
    .expect(200);
  const status = JSON.parse(text) as Status;
  expectToFitSchema(status);
  return status;
}

async function broadcastOf(scene: RelayScene): Promise<StatusBroadcast | undefined> {
  return (await statusOf(scene)).activeBroadcasts[0];
}

const withoutLevels = (sdp: string): string => sdp.replace(LEVEL_EXTENSION, '');

describe('GET /status of a live server', () => {
  it('tells that a broadcast is out, who hears it and how it sounds, in the documented form', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    expect(await statusOf(scene)).toMatchObject({ activeBroadcastCount: 0, activeBroadcasts: [] });
    await scene.broadcaster();
    const [listener] = [await scene.listener(), await scene.listener()];
    await listener.untilHears(1_000);
    await expect.poll(async () => (await broadcastOf(scene))?.packetsPerSecond, EVENTUALLY).toBeGreaterThan(10);

    const status = await statusOf(scene);
    const [broadcast] = status.activeBroadcasts;
    expect(broadcast).toMatchObject({
      masjidId: 'an-noor',
      listenerCount: 2,
      adminConnectionState: 'connected',
      state: 'live',
      levelEstimated: false,
      silentForSeconds: 0,
      joinFailures: 0,
    });
    expect(broadcast!.audioLevelDbov).toBeGreaterThan(-40);
    expect(broadcast!.packetsPerSecond).toBeLessThan(20);
    expect(broadcast!.bitrate).toBeGreaterThan(5_000);
    expect(broadcast!.lossPercent).toBeLessThan(1);
    expect(Date.now() - Date.parse(broadcast!.lastSeenAt!)).toBeLessThan(5_000);
    expect(status.totalConnectedListeners).toBe(2);
    expect(status.mediaWorkers.map(({ index }) => index)).toEqual([0, 1]);
    expect(status.mediaWorkers.reduce((sum, { listeners }) => sum + listeners, 0)).toBe(2);
    expect(status.mediaWorkers.every(({ ready, udpPorts }) => ready && udpPorts.every((port) => port > 0))).toBe(true);
  });

  it('shows a microphone that is muted, in metrics too, while the broadcast stays live', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const { peer } = await scene.broadcaster();
    const silentSeconds = () => scene.metric('azaan_broadcast_silent_seconds{masjid="an-noor"}');
    await expect.poll(async () => (await broadcastOf(scene))?.audioLevelDbov, EVENTUALLY).toBeGreaterThan(-40);
    expect(await silentSeconds()).toBe(0);

    const [sender] = peer.getSenders();
    sender!.track!.enabled = false;
    await expect.poll(async () => (await broadcastOf(scene))?.silentForSeconds, EVENTUALLY).toBeGreaterThanOrEqual(3);
    expect(await broadcastOf(scene)).toMatchObject({ state: 'live', audioLevelDbov: -127, levelEstimated: false });
    expect(await silentSeconds()).toBeGreaterThanOrEqual(3);

    sender!.track!.enabled = true;
    await expect.poll(async () => (await broadcastOf(scene))?.silentForSeconds, EVENTUALLY).toBe(0);
  });

  it('tells sound from silence by the size of packets when the sender tells no level', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const { peer } = await scene.broadcaster({ editOffer: withoutLevels });
    await expect.poll(async () => (await broadcastOf(scene))?.bitrate, EVENTUALLY).toBeGreaterThan(5_000);
    expect(await broadcastOf(scene)).toMatchObject({ audioLevelDbov: null, levelEstimated: true, silentForSeconds: 0 });

    peer.getSenders()[0]!.track!.enabled = false;
    await expect.poll(async () => (await broadcastOf(scene))?.silentForSeconds, EVENTUALLY).toBeGreaterThanOrEqual(3);
    expect(await broadcastOf(scene)).toMatchObject({ state: 'live', levelEstimated: true });
  });

  it('counts silence on while the broadcaster is away', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.broadcaster();
    await expect.poll(async () => (await broadcastOf(scene))?.state, EVENTUALLY).toBe('live');
    broadcaster.close();
    await expect.poll(async () => (await broadcastOf(scene))?.state, EVENTUALLY).toBe('interrupted');
    await expect.poll(async () => (await broadcastOf(scene))?.silentForSeconds, EVENTUALLY).toBeGreaterThan(2);
    expect((await broadcastOf(scene))!.lastSeenAt).not.toBeNull();
  });

  it('counts listeners that were refused or never came, broadcast by broadcast', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', PEER_CONNECT_TIMEOUT_MS: '1000' });
    await scene.broadcaster();
    await scene.broadcaster({ connectionID: 'al-huda' });
    await join(scene.server, 'an-noor', {}, 'v=0').expect(422);
    // Answered, and never heard of again.
    await join(scene.server, 'an-noor').expect(200);
    const failures = async () =>
      (await statusOf(scene)).activeBroadcasts.map((each) => [each.masjidId, each.joinFailures]);
    await expect.poll(failures, EVENTUALLY).toEqual([
      ['al-huda', 0],
      ['an-noor', 2],
    ]);
  });
});

describe('docs/operations/status.schema.json', () => {
  it('is what the API documentation says of the answer', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const { body } = (await request(server.url).get('/docs-json').expect(200)) as { body: OpenAPIObject };
    await expect(await statusSchemaOf(body.components!.schemas!)).toMatchFileSnapshot(resolve(STATUS_SCHEMA_FILE));
  });
});

describe('POST /maintenance', () => {
  it('lets what is on the air go on and begins nothing new, until it is taken back', async () => {
    await using scene = await RelayScene.start({
      MEDIA_WORKERS: '1',
      READY_MIN_DISK_MB: '1',
      READY_MIN_MEMORY_MB: '1',
    });
    const http = request(scene.server.url);
    const drain = async (draining: boolean) =>
      http
        .post('/maintenance')
        .set('Authorization', await admin())
        .send({ draining })
        .expect(200);
    const isReady = async () => (await http.get('/readyz')).status;
    await scene.broadcaster();
    expect(await scene.metric('azaan_draining')).toBe(0);
    await expect.poll(isReady, EVENTUALLY).toBe(200);

    await drain(true);
    expect(await scene.metric('azaan_draining')).toBe(1);
    await expect.poll(isReady, EVENTUALLY).toBe(503);
    const refused = await broadcast(scene.server, 'al-huda');
    expectProblem(refused, 503, 'draining');
    expect(refused.headers['retry-after']).toBe('60');
    // The phone of the muezzin died and came back; listeners come as before.
    await scene.broadcaster();
    await scene.hearer();

    await drain(false);
    await expect.poll(isReady, EVENTUALLY).toBe(200);
    expect((await broadcast(scene.server, 'al-huda')).status).toBe(200);
    await expect.poll(() => scene.server.logs().filter((line) => line.includes('"maintenance.')).length).toBe(2);
  });
});
