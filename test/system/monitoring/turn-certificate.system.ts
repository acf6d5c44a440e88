import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Coturn } from '../support/coturn.js';
import { succeed } from '../support/machine.js';
import { argumentsOf } from './monitoring.js';

it('Prometheus is told when the certificate ends that coturn serves', async () => {
  await using coturn = await Coturn.start();
  const { machine, network } = coturn;
  const args = await argumentsOf(machine, 'prometheus-blackbox-exporter');
  await coturn.run(['prometheus-blackbox-exporter', ...args], 'tcp:9115');
  const config = await readFile(machine.path('etc/prometheus/prometheus.yml'), 'utf8');
  const [, target = ''] = /job_name: turn_tls$[^]*?targets: \['(.*)'\]/m.exec(config) ?? [];
  const url = `http://127.0.0.1:9115/probe?module=tls_connects&target=${target}`;
  const { stdout } = await network.run('server', ['curl', '-sS', url]);

  const file = machine.path('etc/azaan/turn-tls/fullchain.pem');
  const date = await succeed('openssl', ['x509', '-noout', '-enddate', '-in', file]);
  const endsAt = Date.parse(date.trim().replace('notAfter=', '')) / 1_000;
  const told = /^probe_ssl_earliest_cert_expiry (.*)$/m.exec(stdout)?.[1];
  expect(Number(told)).toBe(endsAt);
});
