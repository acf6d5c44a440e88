import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { childrenOf } from '../../support/processes.js';
import { RelayScene } from '../../support/relay-scene.js';
import { postOffer } from '../../support/signaling.js';
import { admin } from '../../support/tokens.js';
import type { ToneBroadcaster } from '../../support/tone-broadcaster.js';
import { MonitoringStack } from './monitoring.js';

/** Five minutes are thirty seconds; what the relay itself measures in seconds stays as it is. */
const FACTOR = 10;
const FIRES_WITHIN_MS = 90_000;
const RESOLVES_WITHIN_MS = 120_000;
const TEST_TIMEOUT_MS = FIRES_WITHIN_MS + RESOLVES_WITHIN_MS;

const resources = new AsyncDisposableStack();
let scene: RelayScene;
let monitoring: MonitoringStack;
let broadcaster: ToneBroadcaster;

beforeAll(async () => {
  // One address does here in seconds what a thousand would do in an hour.
  scene = resources.use(await RelayScene.start({ MEDIA_WORKERS: '2', BAN_AFTER_FAILURES: '10000' }));
  broadcaster = await scene.broadcaster();
  await (await scene.listener()).untilHears(1_000);
  monitoring = resources.use(await MonitoringStack.start({ relayUrl: scene.server.url, factor: FACTOR }));
  // What happened before the first scrape is no increase.
  await vi.waitUntil(async () => (await monitoring.query('count_over_time(up{job="relay"}[1m]) > 2')).length > 0, {
    timeout: 30_000,
    interval: 500,
  });
});

afterAll(() => resources.disposeAsync());

/** Waits for the alert at the webhook, checks its runbook, undoes the cause and waits for the all-clear. */
async function expectAlert(alertname: string, undo: () => unknown): Promise<Readonly<Record<string, string>>> {
  const { labels, annotations } = await monitoring.receiver.until(alertname, 'firing', FIRES_WITHIN_MS);
  expect(annotations['runbook_url']).toMatch(new RegExp(`^https://.*/docs/runbooks/${alertname}\\.md$`));
  const runbook = new URL(`../../../docs/runbooks/${basename(annotations['runbook_url']!)}`, import.meta.url);
  expect(existsSync(runbook), runbook.pathname).toBe(true);
  await undo();
  await monitoring.receiver.until(alertname, 'resolved', RESOLVES_WITHIN_MS);
  return labels;
}

async function drain(draining: boolean): Promise<void> {
  const response = await fetch(`${scene.server.url}/maintenance`, {
    method: 'POST',
    headers: { authorization: await admin(), 'content-type': 'application/json' },
    body: JSON.stringify({ draining }),
  });
  expect(response.status).toBe(200);
}

describe.concurrent('alerts reach people and pass', { timeout: TEST_TIMEOUT_MS }, () => {
  it('LiveButSilent, when the microphone is muted', async () => {
    const [sender] = broadcaster.peer.getSenders();
    sender!.track!.enabled = false;
    const labels = await expectAlert('LiveButSilent', () => (sender!.track!.enabled = true));
    expect(labels).toMatchObject({ masjid: scene.masjid, severity: 'critical' });
  });

  it('RelayNotReady, when the server is drained and nobody said so', async () => {
    await drain(true);
    await expectAlert('RelayNotReady', () => drain(false));
  });

  it('MediaWorkerRestarting, when media workers are killed again and again', async () => {
    const speaking = await scene.workerPid(broadcaster.answer);
    for (let kills = 1; kills <= 3; kills += 1) {
      const other = (await childrenOf(scene.server.pid)).find((pid) => pid !== speaking)!;
      process.kill(other, 'SIGKILL');
      await expect.poll(() => scene.metric('azaan_media_worker_restarts_total'), { timeout: 10_000 }).toBe(kills);
    }
    await expectAlert('MediaWorkerRestarting', () => undefined);
  });

  it('JoinsFailing, when more than one of twenty joins is refused; on every channel', async () => {
    for (let joins = 0; joins < 30; joins += 1) {
      const { status } = await postOffer(scene.server.url, '/consumer', { connectionID: scene.masjid }, 'v=0 no offer');
      expect(status).toBe(400);
    }
    await expectAlert('JoinsFailing', () => undefined);
    const runbook = '/docs/runbooks/JoinsFailing.md';
    expect(monitoring.receiver.slackMessages).toContainEqual(expect.stringContaining(runbook));
    expect(monitoring.receiver.telegramMessages).toContainEqual(expect.stringContaining(runbook));
  });

  it('the watchdog calls without an end', async () => {
    const { receiver } = monitoring;
    await expect.poll(() => receiver.watchdogCalls, { timeout: 60_000 }).toBeGreaterThan(2);
  });
});
