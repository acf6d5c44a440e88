import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { freePorts } from '../../support/loopback.js';
import { Machine, succeed } from '../support/machine.js';
import { argumentsOf, MONITORING } from './monitoring.js';

let url: string;
let machine: Machine;
let alertmanager: Daemon;

beforeAll(async () => {
  const [port = ''] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  machine = await Machine.make({ ALERTMANAGER_PORT: port });
  const args = await argumentsOf(machine, 'prometheus-alertmanager');
  alertmanager = await Daemon.startAnswering(`${url}/-/ready`, ['prometheus-alertmanager', ...args]);
});

afterEach(() => silence('off'));

afterAll(async () => {
  await alertmanager[Symbol.asyncDispose]();
  await machine[Symbol.asyncDispose]();
});

async function fire(...alerts: Record<string, string>[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  });
  expect(response.status).toBe(200);
}

/** `name severity` of the alerts that somebody would hear of. */
async function heard(): Promise<string[]> {
  const response = await fetch(`${url}/api/v2/alerts?active=true&inhibited=false&silenced=false`);
  const alerts = (await response.json()) as { labels: Record<string, string> }[];
  return alerts.map(({ labels }) => `${labels['alertname']!} ${labels['severity']!}`).sort();
}

const silence = (...args: readonly string[]) =>
  succeed(join(MONITORING, 'maintenance-silence'), args, { ALERTMANAGER_URL: url });

it('tells that the relay is not ready, and not of the media worker besides', async () => {
  await fire({ alertname: 'MediaWorkerMissing', severity: 'warning', component: 'relay' });
  await expect.poll(heard).toContain('MediaWorkerMissing warning');
  await fire({ alertname: 'RelayNotReady', severity: 'critical', component: 'relay' });
  await expect.poll(heard).not.toContain('MediaWorkerMissing warning');
  expect(await heard()).toContain('RelayNotReady critical');
});

it('tells the cause and not what follows from it', async () => {
  await fire(
    { alertname: 'RelayNotReady', severity: 'critical', component: 'relay' },
    { alertname: 'HostDiskFilling', severity: 'critical', component: 'host', mountpoint: '/' },
    { alertname: 'HostDiskFilling', severity: 'warning', component: 'host', mountpoint: '/' },
    { alertname: 'HostDiskFilling', severity: 'warning', component: 'host', mountpoint: '/srv' },
  );
  await expect.poll(heard).toEqual(['HostDiskFilling critical', 'HostDiskFilling warning', 'RelayNotReady critical']);
  // A full disk may be why the relay is down: it stays.
  await fire({ alertname: 'RelayDown', severity: 'critical', component: 'relay' });
  await expect.poll(heard).toEqual(['HostDiskFilling critical', 'HostDiskFilling warning', 'RelayDown critical']);
});

it('is quiet during maintenance, but for the watchdog, and says so', async () => {
  await fire(
    { alertname: 'RelayDown', severity: 'critical', component: 'relay' },
    { alertname: 'Watchdog', severity: 'none', component: 'monitoring' },
  );
  expect(await silence('status')).toBe('Alerts are not silent.\n');
  expect(await silence('on', '--duration', '30m', '--reason', 'new kernel')).toBe(
    'Alerts are silent for 30m: new kernel\n',
  );
  await expect.poll(heard).toEqual(['Watchdog none']);
  expect(await silence('status')).toContain('new kernel');
  expect(await silence('off')).toBe('Alerts are not silent any more.\n');
  await expect.poll(heard).toContain('RelayDown critical');
});

it('keeps one silence, however often it is turned on', async () => {
  await silence('on', '--duration', '1h');
  await silence('on', '--duration', '2h');
  const stdout = await succeed('amtool', [`--alertmanager.url=${url}`, 'silence', 'query', '--quiet']);
  expect(stdout.trim().split('\n')).toHaveLength(1);
});

it.each([[['on', '--duration', 'for ever']], [['on', '--duration']], [['off', 'please']], [['maybe']], [[]]])(
  'refuses %j and changes nothing',
  async (args) => {
    await expect(silence(...args)).rejects.toThrow('ended with 2');
    expect(await silence('status')).toBe('Alerts are not silent.\n');
  },
);
