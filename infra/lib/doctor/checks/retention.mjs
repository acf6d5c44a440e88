import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bad, forPeople, good, unlessAny } from '../finding.mjs';
import { plainMetrics } from '../parse.mjs';
import { unitRuns } from '../units.mjs';

// Two days more than are kept: logrotate runs once a day, and what is dropped may wait for the archive.
const MAX_LOG_AGE_DAYS = 16;
const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
const MB = 1_048_576;
const METRICS = '/var/lib/prometheus/node-exporter/logs.prom';
const MAX_ARCHIVE_AGE_DAYS = 2;

/** What logrotate has turned over, of the logs that hold addresses of people. */
const KEPT_SHORT = /^(?:(?:azaan|nginx|turnserver|letsencrypt)\/|(?:fail2ban|auth|ufw|kern)\.log|syslog|messages)/;
const ROTATED = /(?:\.\d+|-\d{8}-\d+)(?:\.gz)?$/;

/** @returns {{ name: string, bytes: number, modifiedMs: number }[]} of every file below; links are not followed */
function filesBelow(machine, folder) {
  if (machine.stat(folder) === undefined) return [];
  return readdirSync(machine.path(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, stat: statSync(path, { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat !== undefined)
    .map(({ path, stat }) => ({
      name: relative(machine.path(folder), path),
      bytes: stat.blocks * 512,
      modifiedMs: stat.mtimeMs,
    }));
}

function hot(machine) {
  const ageOf = ({ modifiedMs }) => (machine.nowMs - modifiedMs) / DAY_MS;
  const old = filesBelow(machine, '/var/log').filter(
    (file) => KEPT_SHORT.test(file.name) && ROTATED.test(file.name) && ageOf(file) > MAX_LOG_AGE_DAYS,
  );
  return unlessAny(
    old.map((file) => `${file.name} is ${Math.round(ageOf(file))} days old`),
    'nothing is older than two weeks',
  );
}

function archive(machine) {
  if (machine.answer('LOG_ARCHIVE_BUCKET') === '')
    return forPeople('LOG_ARCHIVE_BUCKET is empty: logs are not archived');
  const metrics = plainMetrics(machine.read(METRICS) ?? '');
  const last = metrics.get('azaan_log_archive_last_success_timestamp_seconds');
  if (last === undefined) return bad('no archive run has succeeded');
  const days = (machine.nowMs / 1_000 - last) / DAY_SECONDS;
  const seen = `last run ${days.toFixed(1)} days ago`;
  return days <= MAX_ARCHIVE_AGE_DAYS ? good(seen) : bad(seen);
}

async function quota(machine) {
  const limit = machine.port('LOG_QUOTA_MB');
  const used = filesBelow(machine, '/var/log').reduce((sum, { bytes }) => sum + bytes, 0) / MB;
  const seen = `${Math.round(used)} of ${limit} MB`;
  if (used > limit) return bad(seen);
  const timer = await unitRuns(machine, 'azaan-logs.timer');
  return timer.status === 'ok' ? good(seen) : timer;
}

function journal(machine) {
  const text = machine.read('/etc/systemd/journald.conf.d/azaan.conf') ?? '';
  const missing = ['SystemMaxUse', 'MaxRetentionSec'].filter((name) => !new RegExp(`^${name}=\\S`, 'm').test(text));
  const used = filesBelow(machine, '/var/log/journal').reduce((sum, { bytes }) => sum + bytes, 0) / MB;
  return unlessAny(
    missing.map((name) => `journald has no ${name}`),
    `${Math.round(used)} MB, limited`,
  );
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const retentionChecks = [
  {
    id: '9.3-hot',
    title: 'logs are kept here for two weeks, and not longer',
    mend: 'systemctl status logrotate.timer azaan-logs.timer; sudo logrotate --verbose /etc/logrotate.conf',
    root: true,
    look: hot,
  },
  {
    id: '9.3-archive',
    title: 'older logs are in object storage',
    mend: 'LOG_ARCHIVE_… in the answers, then sudo infra/init.sh; docs/operations/logs.md',
    root: true,
    look: archive,
  },
  {
    id: '9.3-quota',
    title: 'all logs together keep to their quota',
    mend: 'systemctl status azaan-logs.timer; docs/runbooks/vm-disk-full.md',
    root: true,
    look: quota,
  },
  {
    id: '9.3-journal',
    title: 'the journal is limited',
    mend: 'sudo infra/init.sh',
    root: true,
    look: journal,
  },
];
