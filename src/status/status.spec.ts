import { afterEach, describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { broadcastSnapshot, relaySnapshot, workerSnapshot } from '../../test/support/snapshots.js';
import { expectToFitSchema } from '../../test/support/status-schema.js';
import { admin, broadcasterOf } from '../../test/support/tokens.js';
import type { RelaySnapshot } from '../relay/relay.types.js';
import type { Status } from './status.dto.js';

const ADMIN = await admin();
const BROADCASTER = await broadcasterOf('noor');

let app: TestApp | undefined;
afterEach(() => app?.[Symbol.asyncDispose]());

async function start(snapshot: Partial<RelaySnapshot> = {}, env: NodeJS.ProcessEnv = {}): Promise<TestApp> {
  app = await TestApp.start(env);
  app.relay.snapshot = () => relaySnapshot(snapshot);
  return app;
}

async function statusOf({ http }: TestApp): Promise<Status> {
  const { text } = await http.get('/status').set('Authorization', ADMIN).expect(200);
  return JSON.parse(text) as Status;
}

describe('GET /status', () => {
  it('has what an operator asks for, broadcast by broadcast and worker by worker', async () => {
    const status = await statusOf(
      await start({
        broadcasts: [broadcastSnapshot('noor', { listeners: 9, connectedListeners: 8, joinFailures: 1 })],
        workers: [workerSnapshot(0, { restarts: 2, report: { listeners: 9 } })],
      }),
    );
    expectToFitSchema(status);
    expect(status).toMatchObject({
      activeBroadcastCount: 1,
      activeBroadcasts: [
        {
          masjidId: 'noor',
          connectionID: 'noor',
          startedAt: '2026-11-23T12:00:00.000Z',
          listenerCount: 8,
          adminConnectionState: 'connected',
          state: 'live',
          lastSeenAt: '2026-11-23T12:00:59.940Z',
          audioLevelDbov: -20,
          levelEstimated: false,
          silentForSeconds: 0,
          packetsPerSecond: 16.7,
          bitrate: 18_600,
          lossPercent: 0,
          joinFailures: 1,
        },
      ],
      totalConnectedListeners: 8,
      mediaWorkers: [{ index: 0, ready: true, pid: 100, restarts: 2, listeners: 9, cpuPercent: 1, rss: 50_000_000 }],
      node: process.version,
      draining: false,
    });
    expect(status.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('has the same fields when little is known', async () => {
    const { report: _none, ...dead } = workerSnapshot(0);
    const unknown = {
      pid: undefined,
      udpPort: undefined,
      report: undefined,
      reportAgeMs: undefined,
      cpuPercent: undefined,
    };
    const source = { lastPacketAt: undefined, audioLevelDbov: undefined, silentForSeconds: 3, levelEstimated: false };
    const status = await statusOf(
      await start({
        broadcasts: [{ ...broadcastSnapshot('noor', { state: 'connecting' }), source }],
        workers: [{ ...dead, ready: false, ...unknown }],
      }),
    );
    expectToFitSchema(status);
    expect(status.activeBroadcasts[0]).toMatchObject({ lastSeenAt: null, audioLevelDbov: null, bitrate: null });
    expect(status.mediaWorkers[0]).toMatchObject({ ready: false, pid: null, udpPorts: [], rss: null, listeners: 0 });
  });

  it('counts how listeners came and went', async () => {
    const { relay } = await start();
    relay.events.emit('join', 'ok', 0.1);
    relay.events.emit('join', 'ok', 0.1);
    relay.events.emit('join', 'capacity', 0.1);
    relay.events.emit('peerClosed', 'listener', 'connect_timeout');
    relay.events.emit('peerClosed', 'broadcaster', 'left');
    const status = await statusOf(app!);
    expectToFitSchema(status);
    expect(status.joins).toEqual({
      ok: 2,
      no_broadcast: 0,
      bad_offer: 0,
      capacity: 1,
      address_limit: 0,
      unavailable: 0,
    });
    expect(status.listenerDisconnects).toMatchObject({ connect_timeout: 1, left: 0 });
  });

  it('is in the same order whatever came first, and leaves out what ended', async () => {
    const named = (ids: readonly string[]) => ids.map((id) => broadcastSnapshot(id));
    const ended = broadcastSnapshot('a-over', { state: 'ended' });
    const status = await statusOf(await start({ broadcasts: [...named(['b', 'a', 'B', '10', '9', 'ب']), ended] }));
    expect(status.activeBroadcasts.map(({ masjidId }) => masjidId)).toEqual(['10', '9', 'B', 'a', 'b', 'ب']);
  });

  it('keeps a number a number in connectionID, and text in masjidId', async () => {
    const status = await statusOf(await start({ broadcasts: [broadcastSnapshot('7', { connectionID: 7 })] }));
    expect(status.activeBroadcasts[0]).toMatchObject({ masjidId: '7', connectionID: 7 });
    expectToFitSchema(status);
  });

  it('is for admins, and each reading is on record', async () => {
    const { http, audited } = await start();
    await http.get('/status').expect(401);
    await http.get('/status').set('Authorization', BROADCASTER).expect(403);
    const answer = await http.get('/status').set('Authorization', ADMIN).expect(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(audited.map(({ event }) => event)).toEqual(['auth.denied', 'auth.denied', 'status.read']);
    expect(audited.at(-1)).toMatchObject({ actor: { role: 'admin' }, address: '127.0.0.1' });
  });

  it('is for the addresses that STATUS_ALLOW_IPS lists, on record too', async () => {
    const { http, audited } = await start({}, { STATUS_ALLOW_IPS: '192.0.2.0/24' });
    const from = (address: string) => http.get('/status').set('X-Forwarded-For', address);
    await from('192.0.2.7').expect(200);
    await from('198.51.100.7').expect(401);
    await from('192.0.2.7').set('Authorization', 'Bearer forged').expect(401);
    expect(audited[0]).toMatchObject({ event: 'status.read', address: '192.0.2.7' });
    expect(audited.filter(({ event }) => event === 'status.read')).toHaveLength(1);
  });
});

describe('POST /maintenance', () => {
  const change = async ({ http }: TestApp, body: object) =>
    http.post('/maintenance').set('Authorization', ADMIN).send(body);

  it('has new broadcasts refused until it is taken back, on record', async () => {
    app = await TestApp.start();
    expect((await change(app, { draining: true })).body).toEqual({ draining: true });
    expect(await statusOf(app)).toMatchObject({ draining: true });
    expect((await change(app, { draining: false })).body).toEqual({ draining: false });
    expect(await statusOf(app)).toMatchObject({ draining: false });
    const events = app.audited.map(({ event }) => event).filter((event) => event.startsWith('maintenance'));
    expect(events).toEqual(['maintenance.started', 'maintenance.ended']);
  });

  it('refuses anything but a clear word', async () => {
    app = await TestApp.start();
    for (const body of [{}, { draining: 'true' }, { draining: 1 }, { draining: null }]) {
      expect((await change(app, body)).status).toBe(400);
    }
    expect(app.relay.snapshot().draining).toBe(false);
  });
});
