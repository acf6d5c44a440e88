import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { ruleTestFiles } from '../../support/alert-rules.js';
import { CHANNELS } from '../support/answers.js';
import { Machine, run, succeed } from '../support/machine.js';

/** Thirty days of a minute each. */
const RULES_TIMEOUT_MS = 110_000;
const alertmanagerOf = (machine: Machine) => machine.path('etc/prometheus/alertmanager.yml');

it.each([
  ['every channel', CHANNELS],
  ['none', {}],
])(
  'the configuration of a server that answers with %s is taken, and Alertmanager’s is read by it and root alone',
  async (_, answers) => {
    await using machine = await Machine.make(answers);
    await succeed('promtool', ['check', 'config', machine.path('etc/prometheus/prometheus.yml')]);
    await succeed('amtool', ['check-config', alertmanagerOf(machine)]);
    const blackbox = machine.path('etc/prometheus/blackbox.yml');
    await succeed('prometheus-blackbox-exporter', ['--config.check', `--config.file=${blackbox}`]);
    const [, , gidOfPrometheus] = (await succeed('getent', ['group', 'prometheus'])).split(':');
    for (const file of [alertmanagerOf(machine), machine.path('etc/prometheus/slack-url')]) {
      const { mode, gid } = await stat(file);
      expect({ mode: mode & 0o777, gid }, file).toEqual({ mode: 0o640, gid: Number(gidOfPrometheus) });
    }
  },
);

it('leaves a channel out that was not answered for', async () => {
  await using machine = await Machine.make({ ALERT_EMAIL_TO: 'oncall@example.org', SMTP_SMARTHOST: 'localhost:25' });
  const text = await readFile(alertmanagerOf(machine), 'utf8');
  expect(text).toContain('email_configs');
  expect(text).not.toMatch(/telegram_configs|slack_configs|webhook_configs/);
});

it.each(ruleTestFiles().map((file) => [basename(file), file]))(
  'the alerts fire and stay silent as %s says',
  async (_, file) => {
    expect(await run('promtool', ['test', 'rules', file], {}, RULES_TIMEOUT_MS)).toMatchObject({ code: 0 });
  },
);

it.each([
  ['page', ['alertname=RelayDown', 'severity=critical']],
  ['notice', ['alertname=HostCpuHigh', 'severity=warning']],
  ['watchdog', ['alertname=Watchdog', 'severity=none']],
])('sends to %s what is for it', async (receiver, labels) => {
  await using machine = await Machine.make(CHANNELS);
  const config = `--config.file=${alertmanagerOf(machine)}`;
  const stdout = await succeed('amtool', ['config', 'routes', 'test', config, ...labels]);
  expect(stdout.trim()).toBe(receiver);
});
