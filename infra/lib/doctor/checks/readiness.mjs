import { bad, forPeople, good, unknown, unlessAny } from '../finding.mjs';
import { fetchJson } from '../https.mjs';
import { alertChannels, plainMetrics } from '../parse.mjs';

const RUNBOOKS = [
  'broadcast-fails-to-start',
  'high-cpu-during-live-azaan',
  'turn-connectivity-degradation',
  'tls-certificate-expiry-emergency',
  'vm-disk-full',
  'safe-reboot-maintenance-mode',
];
const MAX_BACKUP_AGE_HOURS = 26;
const HOUR_SECONDS = 3_600;
const MIN_ALERTS = 20;
/** Of alertmanager.yml; the third calls a machine, not a person. */
const RECEIVERS_OF_PEOPLE = ['page', 'notice'];
const LOAD_LISTENERS = /1,?000 listeners/;

const prometheus = (machine, path) => fetchJson(`http://127.0.0.1:${machine.port('PROMETHEUS_PORT')}${path}`);
const alertmanager = (machine, path) => fetchJson(`http://127.0.0.1:${machine.port('ALERTMANAGER_PORT')}${path}`);

function security(machine, others) {
  const named = (wanted) => others.filter(({ status }) => status === wanted).map(({ id }) => id);
  const [wrong, open] = [named('bad'), named('unknown')];
  if (wrong.length > 0) return bad(wrong.join(', '));
  return open.length > 0 ? unknown(`open: ${open.join(', ')}`) : good(`all ${others.length} lines of section 14`);
}

async function targets(machine) {
  const { data } = await prometheus(machine, '/api/v1/targets?state=active');
  const down = data.activeTargets
    .filter(({ health }) => health !== 'up')
    .map(({ labels }) => `${labels.job} (${labels.instance})`);
  if (data.activeTargets.length === 0) return bad('Prometheus watches nothing');
  if (data.activeTargets.some(({ health }) => health === 'unknown'))
    return unknown('Prometheus has just begun: ask again in a minute');
  return down.length === 0 ? good(`${data.activeTargets.length} targets up`) : bad(`down: ${down.join(', ')}`);
}

async function rules(machine) {
  const { data } = await prometheus(machine, '/api/v1/rules?type=alert');
  const alerts = data.groups.flatMap((group) => group.rules);
  const failing = alerts.filter(({ health }) => health === 'err').map(({ name }) => name);
  return unlessAny(
    [
      alerts.length >= MIN_ALERTS ? '' : `only ${alerts.length} alerts are loaded`,
      failing.length === 0 ? '' : `failing: ${failing.join(', ')}`,
    ].filter(Boolean),
    `${alerts.length} alerts`,
  );
}

async function receivers(machine) {
  const { config } = await alertmanager(machine, '/api/v2/status');
  const channels = alertChannels(config.original);
  const silent = RECEIVERS_OF_PEOPLE.filter((name) => (channels.get(name) ?? []).length === 0);
  return silent.length === 0
    ? good(channels.get(RECEIVERS_OF_PEOPLE[0]).join(', '))
    : bad(`nobody would hear of an alert for ${silent.join(' and ')}`);
}

async function watchdog(machine) {
  const alerts = await alertmanager(machine, '/api/v2/alerts');
  return alerts.some(({ labels }) => labels.alertname === 'Watchdog')
    ? good('Prometheus reaches Alertmanager')
    : bad('the Watchdog alert does not arrive');
}

function backup(machine) {
  const metrics = plainMetrics(machine.read('/var/lib/prometheus/node-exporter/backup.prom') ?? '');
  const last = metrics.get('azaan_backup_last_success_timestamp_seconds');
  if (last === undefined) return forPeople('no backup has been recorded');
  const hours = (machine.nowMs / 1_000 - last) / HOUR_SECONDS;
  const seen = `${Math.round(hours)} hours ago`;
  return hours <= MAX_BACKUP_AGE_HOURS ? good(seen) : bad(seen);
}

function measured(machine) {
  const text = machine.read('/opt/azaan-relay/current/docs/bench/results.md') ?? '';
  return LOAD_LISTENERS.test(text)
    ? good('docs/bench/results.md, up to 1,000 listeners')
    : bad('docs/bench/results.md has no load test');
}

function runbooks(machine) {
  const missing = RUNBOOKS.filter(
    (name) => machine.stat(`/opt/azaan-relay/current/docs/runbooks/${name}.md`) === undefined,
  );
  return missing.length === 0 ? good(`all ${RUNBOOKS.length}`) : bad(`missing: ${missing.join(', ')}`);
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const readinessChecks = [
  {
    id: '15.2-security',
    title: 'the security checklist is complete',
    mend: 'sudo infra/doctor --only 14',
    needs: '14',
    look: security,
  },
  {
    id: '15.2-targets',
    title: 'Prometheus sees everything that it watches',
    mend: 'docs/runbooks/MonitoringTargetDown.md',
    look: targets,
  },
  {
    id: '15.2-alerts',
    title: 'the alerts are loaded, and none fails',
    mend: 'docs/runbooks/PrometheusUnhealthy.md',
    look: rules,
  },
  {
    id: '15.2-receivers',
    title: 'alerts go to people',
    mend: 'a channel in the answers (TELEGRAM_CHAT_ID, …), then sudo infra/init.sh',
    look: receivers,
  },
  {
    id: '15.2-watchdog',
    title: 'alerts arrive at Alertmanager',
    mend: 'docs/runbooks/Watchdog.md',
    look: watchdog,
  },
  {
    id: '15.2-test-alert',
    title: 'a test alert reached the telephone of who is on call',
    mend: 'the command in docs/operations/on-call.md',
    confirmedForDays: 90,
  },
  {
    id: '15.2-backup',
    title: 'the last backup is younger than a day',
    mend: 'docs/runbooks/BackupStale.md',
    root: true,
    confirmedForDays: 7,
    look: backup,
  },
  {
    id: '15.2-restore',
    title: 'a full restore was drilled within 60 minutes',
    mend: 'restore the last backup to a fresh VM, and measure',
  },
  { id: '15.2-load', title: 'load tests are documented', mend: 'npm run bench', look: measured },
  {
    id: '15.2-soak',
    title: 'a soak test of an hour or more is documented',
    mend: 'npm run load -- --help; watch memory and restarts meanwhile',
  },
  {
    id: '15.2-runbooks',
    title: 'the six runbooks are on the server',
    mend: 'deploy a release that has docs/runbooks',
    look: runbooks,
  },
  {
    id: '15.2-on-call',
    title: 'runbooks and escalation are approved and known',
    mend: 'fill in docs/operations/on-call.md, and go through it with everybody in it',
  },
];
