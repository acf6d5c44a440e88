import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bad, forPeople, good, unlessAny } from '../../lib/doctor/finding.mjs';
import { unitsRun } from '../../lib/doctor/units.mjs';

// Two days more than are kept: logrotate runs once a day, and what is dropped may wait for the archive.
const MAX_LOG_AGE_DAYS = 16;
const DAY_SECONDS = 86_400;
const MB = 1_048_576;
const MAX_ARCHIVE_AGE_DAYS = 2;
/** What logrotate has turned over, of the logs that hold addresses of people. */
const KEPT_SHORT = /^(?:(?:azaan|nginx|turnserver|letsencrypt)\/|(?:fail2ban|auth|ufw|kern)\.log|syslog|messages)/;
const ROTATED = /(?:\.\d+|-\d{8}(?:-\d+)?)(?:\.gz)?$/;

/** @returns {{ name: string, stat: import('node:fs').Stats }[]} every file below /var/log; links are not followed */
function logs(machine) {
  const folder = machine.path('/var/log');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), stat: statSync(path, { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat !== undefined);
}

function hot(machine) {
  const ages = logs(machine)
    .filter(({ name }) => KEPT_SHORT.test(name) && ROTATED.test(name))
    .map(({ name, stat }) => ({ name, days: (machine.nowMs - stat.mtimeMs) / 1_000 / DAY_SECONDS }));
  return unlessAny(
    ages.map(({ name, days }) => days > MAX_LOG_AGE_DAYS && `${name} is ${Math.round(days)} days old`),
    'nothing is older than two weeks',
  );
}

function archive(machine) {
  if (machine.answer('LOG_ARCHIVE_BUCKET') === '')
    return forPeople('LOG_ARCHIVE_BUCKET is empty: logs are not archived');
  const last = machine.metrics('logs').get('azaan_log_archive_last_success_timestamp_seconds');
  if (last === undefined) return bad('no archive run has succeeded');
  const days = (machine.nowMs / 1_000 - last) / DAY_SECONDS;
  const seen = `last run ${days.toFixed(1)} days ago`;
  return days <= MAX_ARCHIVE_AGE_DAYS ? good(seen) : bad(seen);
}

async function quota(machine) {
  const limit = machine.port('LOG_QUOTA_MB');
  const used = logs(machine).reduce((sum, { stat }) => sum + stat.blocks * 512, 0) / MB;
  const seen = `${Math.round(used)} of ${limit} MB`;
  if (used > limit) return bad(seen);
  const timers = await unitsRun(machine, 'azaan-logs.timer', 'logrotate.timer');
  return timers.status === 'ok' ? good(seen) : timers;
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
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
    look: archive,
  },
  {
    id: '9.3-quota',
    title: 'all logs together keep to their quota',
    mend: 'systemctl status azaan-logs.timer; docs/runbooks/vm-disk-full.md',
    look: quota,
  },
];
