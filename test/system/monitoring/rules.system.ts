import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleTestFiles } from '../../support/alert-rules.js';
import { Machine, run, succeed } from '../support/machine.js';

/** Answers with every channel. */
const EVERYTHING = {
  TELEGRAM_CHAT_ID: '-100200300',
  TELEGRAM_BOT_TOKEN: '12:token-of-telegram',
  SLACK_WEBHOOK_URL: 'https://hooks.example.org/token-of-slack',
  ALERT_EMAIL_TO: 'oncall@example.org',
  SMTP_SMARTHOST: 'mail.example.org:587',
  SMTP_USERNAME: 'azaan',
  SMTP_PASSWORD: '"password # of mail"',
  ALERT_WEBHOOK_URL: 'https://hooks.example.org/token-of-webhook',
  WATCHDOG_URL: 'https://hooks.example.org/token-of-watchdog',
};

/** Thirty days of a minute each. */
const RULES_TIMEOUT_MS = 60_000;
const SLACK_URL = 'etc/prometheus/slack-url';
const alertmanagerOf = (machine: Machine) => machine.path('etc/prometheus/alertmanager.yml');

describe.each([
  ['every channel', EVERYTHING],
  ['none', {}],
])('the configuration of a server that answers with %s', (_, answers) => {
  it('is one that Prometheus, Alertmanager and the blackbox exporter take', async () => {
    await using machine = await Machine.make(answers);
    await succeed('promtool', ['check', 'config', machine.path('etc/prometheus/prometheus.yml')]);
    await succeed('amtool', ['check-config', alertmanagerOf(machine)]);
    const blackbox = machine.path('etc/prometheus/blackbox.yml');
    await succeed('prometheus-blackbox-exporter', ['--config.check', `--config.file=${blackbox}`]);
  });

  it('is read by Alertmanager and by root, and by nobody else', async () => {
    await using machine = await Machine.make(answers);
    const [, , gidOfPrometheus] = (await succeed('getent', ['group', 'prometheus'])).split(':');
    for (const file of [alertmanagerOf(machine), machine.path(SLACK_URL)]) {
      const { mode, gid } = await stat(file);
      expect(mode & 0o777, file).toBe(0o640);
      expect(gid, file).toBe(Number(gidOfPrometheus));
    }
  });
});

it('leaves a channel out that was not answered for', async () => {
  await using machine = await Machine.make({ ALERT_EMAIL_TO: 'oncall@example.org', SMTP_SMARTHOST: 'localhost:25' });
  const text = await readFile(alertmanagerOf(machine), 'utf8');
  expect(text).toContain('email_configs');
  expect(text).not.toMatch(/telegram_configs|slack_configs|webhook_configs/);
});

it.each([
  ['a value that would break out of its quotes', { SMTP_PASSWORD: "a'b" }, 'SMTP_PASSWORD must be without quotes'],
  ['a bot without its token', { TELEGRAM_CHAT_ID: '1' }, 'TELEGRAM_BOT_TOKEN is missing, which TELEGRAM_CHAT_ID needs'],
  ['mail without a server', { ALERT_EMAIL_TO: 'a@example.org' }, 'SMTP_SMARTHOST is missing'],
])('refuses %s', async (_, answers, reason) => {
  await expect(Machine.make(answers)).rejects.toThrow(reason);
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
  await using machine = await Machine.make(EVERYTHING);
  const config = `--config.file=${alertmanagerOf(machine)}`;
  const stdout = await succeed('amtool', ['config', 'routes', 'test', config, ...labels]);
  expect(stdout.trim()).toBe(receiver);
});
