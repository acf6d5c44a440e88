import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { MailReceiver } from '../../support/mail-receiver.js';
import { freePorts } from '../../support/loopback.js';
import { Machine, succeed } from '../support/machine.js';
import { argumentsOf } from './monitoring.js';

const RUNBOOK = 'https://runbooks.example/RelayDown.md';

it('an alert arrives by e-mail, over TLS, with its words and its runbook', async () => {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'mail-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => join(folder, file)) as [string, string];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await succeed('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert]);
  const receiver = resources.use(await MailReceiver.start({ key: await readFile(key), cert: await readFile(cert) }));

  const [port = ''] = await freePorts(1);
  const machine = resources.use(
    await Machine.make({
      ALERTMANAGER_PORT: port,
      ALERT_EMAIL_TO: 'oncall@example.org',
      SMTP_SMARTHOST: `localhost:${receiver.port}`,
      SMTP_USERNAME: 'azaan',
      SMTP_PASSWORD: '"password # of mail"',
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const args = await argumentsOf(machine, 'prometheus-alertmanager');
  const command = ['env', `SSL_CERT_FILE=${cert}`, 'prometheus-alertmanager', ...args];
  resources.use(await Daemon.startAnswering(`${url}/-/ready`, command));
  const labels = { alertname: 'RelayDown', severity: 'critical', component: 'relay' };
  const annotations = { summary: 'The relay does not answer', description: 'Nobody hears.', runbook_url: RUNBOOK };
  await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, annotations }]),
  });

  await expect.poll(() => receiver.mails, { timeout: 30_000, interval: 200 }).toHaveLength(1);
  const [mail] = receiver.mails;
  expect(mail).toMatchObject({
    from: 'azaan-relay@azaan.example.org',
    to: 'oncall@example.org',
    login: 'azaan:password # of mail',
  });
  expect(mail!.text).toContain('Subject: CRITICAL: The relay does not answer');
  expect(mail!.text).toContain(RUNBOOK);
});
