import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ruleTestFiles } from '../support/alert-rules.js';
import { renderConfiguration } from '../support/monitoring.js';

const run = promisify(execFile);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'monitoring-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Answers with every channel and every probe. */
async function everything(): Promise<Record<string, string>> {
  const file = join(folder, 'secret');
  await writeFile(file, 'https://hooks.example.org/xyz\n');
  return {
    PUBLIC_URL: 'https://azaan.example.org',
    TURN_ADDRESS: '127.0.0.1:3478',
    TELEGRAM_CHAT_ID: '-100200300',
    TELEGRAM_BOT_TOKEN_FILE: file,
    SLACK_WEBHOOK_URL_FILE: file,
    EMAIL_TO: 'oncall@example.org',
    ALERT_WEBHOOK_URL_FILE: file,
    WATCHDOG_URL_FILE: file,
  };
}

const etc = (file: string): string => join(folder, 'prometheus', file);

describe.each([
  ['everything', everything],
  ['nothing', async () => ({})],
])('the configuration of a server that answers with %s', (_, answers) => {
  it('is one that Prometheus, Alertmanager and the blackbox exporter take', async () => {
    await renderConfiguration(folder, await answers());
    await run('promtool', ['check', 'config', etc('prometheus.yml')]);
    await run('amtool', ['check-config', etc('alertmanager.yml')]);
    await run('prometheus-blackbox-exporter', ['--config.check', `--config.file=${etc('blackbox.yml')}`]);
  });
});

it('names every channel that was answered for, and hides the secrets from other users', async () => {
  await renderConfiguration(folder, await everything());
  const text = await readFile(etc('alertmanager.yml'), 'utf8');
  for (const channel of ['telegram', 'slack', 'email', 'webhook']) expect(text).toContain(`${channel}_configs`);
  expect((await stat(etc('alertmanager.yml'))).mode & 0o777).toBe(0o640);
});

it('leaves a channel out that was not answered for', async () => {
  await renderConfiguration(folder, { EMAIL_TO: 'oncall@example.org' });
  const text = await readFile(etc('alertmanager.yml'), 'utf8');
  expect(text).toContain('email_configs');
  expect(text).not.toMatch(/telegram_configs|slack_configs|webhook_configs/);
});

it.each([
  ['a name that it does not know', { TELEGRAM_CHATID: '1' }, 'TELEGRAM_CHATID is not a variable'],
  ['a value that would break out of its quotes', { EMAIL_TO: "a'b" }, 'EMAIL_TO must not hold quotes'],
  ['a secret that is not there', { WATCHDOG_URL_FILE: '/nowhere/url' }, '/nowhere/url'],
])('refuses %s', async (_, answers, reason) => {
  await expect(renderConfiguration(folder, answers)).rejects.toThrow(reason);
});

it.each(ruleTestFiles().map((file) => [basename(file), file]))(
  'the alerts fire and stay silent as %s says',
  async (_, file) => {
    await run('promtool', ['test', 'rules', file]);
  },
);

it.each([
  ['page', ['alertname=RelayDown', 'severity=critical']],
  ['notice', ['alertname=HostCpuHigh', 'severity=warning']],
  ['watchdog', ['alertname=Watchdog', 'severity=none']],
])('sends to %s what is for it', async (receiver, labels) => {
  await renderConfiguration(folder, await everything());
  const config = `--config.file=${etc('alertmanager.yml')}`;
  const { stdout } = await run('amtool', ['config', 'routes', 'test', config, ...labels]);
  expect(stdout.trim()).toBe(receiver);
});
