import { bad, good, unknown, unlessAny } from '../../lib/doctor/finding.mjs';
import { fetchJson } from '../../lib/doctor/https.mjs';
import { alertChannels } from '../../lib/doctor/parse.mjs';

const MIN_ALERTS = 20;
/** Of alertmanager.yml; the third calls a machine, not a person. */
const RECEIVERS_OF_PEOPLE = ['page', 'notice'];

const prometheus = (machine, path) => fetchJson(`http://127.0.0.1:${machine.port('PROMETHEUS_PORT')}${path}`);
const alertmanager = (machine, path) => fetchJson(`http://127.0.0.1:${machine.port('ALERTMANAGER_PORT')}${path}`);

async function targets(machine) {
  const { activeTargets } = (await prometheus(machine, '/api/v1/targets?state=active')).data;
  if (activeTargets.length === 0) return bad('Prometheus watches nothing');
  if (activeTargets.some(({ health }) => health === 'unknown'))
    return unknown('Prometheus has just begun: ask again in a minute');
  const down = activeTargets.filter(({ health }) => health !== 'up');
  return unlessAny(
    down.map(({ labels }) => `down: ${labels.job} (${labels.instance})`),
    `${activeTargets.length} targets up`,
  );
}

async function rules(machine) {
  const { groups } = (await prometheus(machine, '/api/v1/rules?type=alert')).data;
  const alerts = groups.flatMap((group) => group.rules);
  const failing = alerts.filter(({ health }) => health === 'err').map(({ name }) => name);
  return unlessAny(
    [
      alerts.length < MIN_ALERTS && `only ${alerts.length} alerts are loaded`,
      failing.length > 0 && `failing: ${failing.join(', ')}`,
    ],
    `${alerts.length} alerts`,
  );
}

async function receivers(machine) {
  const { config } = await alertmanager(machine, '/api/v2/status');
  const channels = RECEIVERS_OF_PEOPLE.map((name) => ({ name, by: alertChannels(config.original, name) }));
  const silent = channels.filter(({ by }) => by.length === 0).map(({ name }) => name);
  return silent.length === 0
    ? good(channels[0].by.join(', '))
    : bad(`nobody would hear of an alert for ${silent.join(' and ')}`);
}

async function watchdog(machine) {
  const alerts = await alertmanager(machine, '/api/v2/alerts');
  return alerts.some(({ labels }) => labels.alertname === 'Watchdog')
    ? good('Prometheus reaches Alertmanager')
    : bad('the Watchdog alert does not arrive');
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
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
  { id: '15.2-watchdog', title: 'alerts arrive at Alertmanager', mend: 'docs/runbooks/Watchdog.md', look: watchdog },
  {
    id: '15.2-test-alert',
    title: 'a test alert reached the telephone of who is on call',
    mend: 'the command in docs/operations/on-call.md',
    confirmedForDays: 90,
  },
  {
    id: '15.2-on-call',
    title: 'runbooks and escalation are approved and known',
    mend: 'fill in docs/operations/on-call.md, and go through it with everybody in it',
  },
];
