import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toGrafana } from '../../../infra/parts/monitoring/grafana/dashboard.js';
import { DASHBOARDS } from '../../../infra/parts/monitoring/grafana/dashboards.js';
import { RULES } from '../../support/alert-rules.js';
import { expressions } from '../../support/dashboards.js';
import { RelayScene } from '../../support/relay-scene.js';
import { postOffer } from '../../support/signaling.js';
import { succeed } from '../support/machine.js';
import { MonitoringStack } from './monitoring.js';
import { certificateOf, collect, collectFrom, fakePm2 } from './textfiles.js';

/** What is ours, and what the exporters tell; not labels, functions or `ALERTS`. */
const METRIC = /\b(?:azaan[_:]|node_|nodejs_|process_|probe_|prometheus_|alertmanager_)\w[\w:]*/g;
/** What a test server has no reason to tell: a backup, and a certificate that the blackbox exporter sees over TLS. */
const NOT_HERE = ['azaan_backup_last_success_timestamp_seconds', 'probe_ssl_earliest_cert_expiry'];
const RECORDED_WITHIN_MS = 50_000;
const LISTENERS = 50;
/** Of a small machine's two cores. */
const JOINS_AT_ONCE = 5;
const FAILING_JOINS = 8;
const POLL = { timeout: 15_000, interval: 500 };

const resources = new AsyncDisposableStack();
let folder: string;
let monitoring: MonitoringStack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboards-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const scene = resources.use(await RelayScene.start({ MEDIA_WORKERS: '2' }));
  await scene.broadcaster();
  await (await scene.listener()).untilHears(1_000);
  await loadUp(scene);
  monitoring = resources.use(await MonitoringStack.start({ relayUrl: scene.server.url, factor: 20 }));
  const app = { name: 'azaan-server', pm2_env: { restart_time: 0, status: 'online', env: {} } } as const;
  await collect('pm2', monitoring.textfiles, { PM2: await fakePm2(folder, [app]) });
  const live = await certificateOf('azaan.example.org', folder);
  await collect('certificates', monitoring.textfiles, { CERTIFICATES: live });
  await collectFrom(monitoring.machine, monitoring.textfiles);
});

/** Many who listen, some who are refused, and a masjid whose microphone is off. */
async function loadUp(scene: RelayScene): Promise<void> {
  const muted = await scene.broadcaster({ connectionID: 'muted' });
  muted.peer.getSenders()[0]!.track!.enabled = false;
  for (let joined = 0; joined < LISTENERS; joined += JOINS_AT_ONCE) {
    await Promise.all(Array.from({ length: JOINS_AT_ONCE }, () => scene.rtpListener()));
  }
  await scene.rtpListener({ connectionID: 'muted' });
  for (let joins = 0; joins < FAILING_JOINS; joins += 1) {
    await postOffer(scene.server.url, '/consumer', { connectionID: scene.masjid }, 'v=0 no offer');
  }
}

afterAll(() => resources.disposeAsync());

it('the build writes each of them for Grafana, and no other', async () => {
  const built = join(import.meta.dirname, '../../../dist/grafana');
  const files = Object.entries(DASHBOARDS).map(([name, dashboard]) => [`${name}.json`, toGrafana(dashboard)] as const);
  expect((await readdir(built)).sort()).toEqual(files.map(([file]) => file).sort());
  for (const [file, json] of files) expect(JSON.parse(await readFile(join(built, file), 'utf8'))).toEqual(json);
});

it('Prometheus understands every expression of the dashboards', async () => {
  const rules = expressions().map((expr, index) => ({ record: `dashboards:expression${index}`, expr }));
  const file = join(folder, 'expressions.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
  await succeed('promtool', ['check', 'rules', file]);
});

it('every metric that dashboards and rules ask for is there in a live scrape', async () => {
  const rules = await Promise.all((await readdir(RULES)).map((file) => readFile(join(RULES, file), 'utf8')));
  const asked = new Set([...expressions(), ...rules.map(withoutNames)].flatMap((text) => text.match(METRIC) ?? []));
  expect(asked.size).toBeGreaterThan(40);
  await expect.poll(() => missingOf([...asked]), { timeout: RECORDED_WITHIN_MS, interval: 1_000 }).toEqual(NOT_HERE);
});

it('the scrape shows the load', async () => {
  const value = async (promql: string) => (await monitoring.query(promql))[0]?.value;
  // The tone's own listener, and the one of the muted masjid.
  await expect.poll(() => value('sum(azaan_listeners_active)'), POLL).toBe(LISTENERS + 2);
  await expect.poll(() => value('azaan_broadcast_silent_seconds{masjid="muted"}'), POLL).toBeGreaterThan(0);
  expect(await value('count(azaan_media_worker_listeners > 10)')).toBe(2);
  expect(await value('sum(azaan_joins_total{result!~"ok|no_broadcast"})')).toBe(FAILING_JOINS);
  expect(await value('sum(azaan_http_refusals_total{route="/consumer"})')).toBe(FAILING_JOINS);
  expect(await value('azaan_broadcast_listeners{masjid="muted"}')).toBe(1);
});

/** Groups of rules have names that look like metrics. */
function withoutNames(rules: string): string {
  return rules.replaceAll(/^.*(?:- name:|summary:|description:|#).*$/gm, '');
}

async function missingOf(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => monitoring.query(`count(${name})`)));
  return names.filter((_, index) => found[index]!.length === 0).sort();
}
