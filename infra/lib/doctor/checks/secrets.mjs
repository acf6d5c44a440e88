import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bad, good, unknown, unlessAny } from '../finding.mjs';

const ROTATION_DAYS = 90;
const YEAR_DAYS = 365;
const CALENDAR_METRICS = '/var/lib/prometheus/node-exporter/secrets.prom';
const MAX_METRICS_AGE_DAYS = 1;
const MIN_SECRET_BYTES = 32;
/** Values that stand in documents and tests, and what people type. */
const KNOWN = /change.?me|example|default|password|any$|^(.)\1+$|0123456789/i;
const GROUP_AND_OWNER = 0o640;
const OWNER = 0o600;

const octal = (stat) => (stat.mode & 0o777).toString(8).padStart(4, '0');
const jwtKeys = (machine) =>
  machine
    .answer('JWT_KEYS')
    .split(',')
    .filter(Boolean)
    .map((key) => key.replace(/^[^:]*:/, ''));

/** Nobody but owner, and group where it reads them. */
function modes(machine) {
  const limits = [
    [machine.answersFile.slice(machine.root.length), OWNER],
    ['/etc/azaan/relay.env', GROUP_AND_OWNER],
    ['/var/lib/turn/turndb', GROUP_AND_OWNER],
    ['/etc/prometheus/alertmanager.yml', GROUP_AND_OWNER],
    ['/etc/prometheus/slack-url', GROUP_AND_OWNER],
  ].map(([path, allowed]) => ({ path, allowed, stat: machine.stat(path) }));
  return unlessAny(
    [
      ...limits.filter(({ stat }) => stat === undefined).map(({ path }) => `there is no ${path}`),
      ...limits
        .filter(({ stat, allowed }) => stat !== undefined && (stat.mode & 0o777 & ~allowed) !== 0)
        .map(({ path, stat, allowed }) => `${path} has mode ${octal(stat)}, wanted: 0${allowed.toString(8)}`),
    ],
    limits.map(({ path, stat }) => stat && `${path} ${octal(stat)}`).join(', '),
  );
}

function ownSecrets(machine) {
  const turn = machine.value('TURN_SECRETS').filter(Boolean);
  const jwt = jwtKeys(machine);
  const isWeak = (secret, bytes) => bytes < MIN_SECRET_BYTES || KNOWN.test(secret) || new Set(secret).size < 12;
  return unlessAny(
    [
      turn.length === 0 ? 'there is no TURN secret' : '',
      jwt.length === 0 ? 'there is no JWT key' : '',
      turn.some((secret) => isWeak(secret, secret.length)) ? 'a TURN secret is short or guessable' : '',
      jwt.some((key) => isWeak(Buffer.from(key, 'base64').toString('latin1'), Buffer.from(key, 'base64').length))
        ? 'a JWT key is short or guessable'
        : '',
    ].filter(Boolean),
    'made for this server',
  );
}

function noTurnInSource(machine) {
  const text = machine.read('/etc/turnserver.conf');
  if (text === undefined) return bad('there is no /etc/turnserver.conf');
  return machine.value('TURN_SECRETS').some((secret) => secret !== '' && text.includes(secret)) || /^user=/m.test(text)
    ? bad('turnserver.conf holds credentials')
    : good('in the answers and in the database of coturn, nowhere else');
}

/** Environment files that the release must not bring. */
function noEnvironmentFiles(machine) {
  const release = machine.release();
  const names = readdirSync(release).filter((name) => name.startsWith('.env'));
  const strange = names.filter((name) => name !== '.env.example' && statSync(join(release, name)).isFile());
  return unlessAny(
    [
      ...strange.map((name) => `${name} is in the release`),
      ...(names.includes('.env.example') ? [] : ['there is no .env.example']),
    ],
    '.env.example alone',
  );
}

/** Marks of infra/parts/secrets/calendar, which makes one when it first looks. */
const changedWithin = (name, days) => (machine) => {
  const age = machine.ageInDays(`/var/lib/azaan/${name}-rotated`);
  if (age === undefined) return unknown('the calendar has not looked yet', 'sudo infra/parts/secrets/calendar');
  const seen = `${name}: ${Math.round(age)} days ago`;
  return age <= days ? good(seen) : bad(`${seen}, wanted: ${days} or less`);
};

/** Keys that others hand out: those that this server has. */
function foreignKeys(machine) {
  const names = [
    ['log-archive', ['LOG_ARCHIVE_BUCKET']],
    ['alerts', ['TELEGRAM_BOT_TOKEN', 'SLACK_WEBHOOK_URL', 'SMTP_PASSWORD', 'ALERT_WEBHOOK_URL', 'WATCHDOG_URL']],
  ]
    .filter(([, variables]) => variables.some((variable) => machine.answer(variable) !== ''))
    .map(([name]) => name);
  const findings = names.map((name) => changedWithin(name, YEAR_DAYS)(machine));
  return (
    findings.find(({ status }) => status === 'bad') ??
    findings.find(({ status }) => status === 'unknown') ??
    good(findings.map(({ seen }) => seen).join('; ') || 'there are none')
  );
}

/** Whether a secret that grows old would be an alert. */
function calendarIsKept(machine) {
  const age = machine.ageInDays(CALENDAR_METRICS);
  if (age === undefined) return bad(`there is no ${CALENDAR_METRICS}`);
  return age <= MAX_METRICS_AGE_DAYS
    ? good('an overdue secret is an alert')
    : bad(`${CALENDAR_METRICS} is ${age.toFixed(1)} days old`);
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const secretsChecks = [
  {
    id: '10-source',
    title: 'no TURN credentials in source or configuration',
    mend: 'sudo infra/init.sh',
    root: true,
    look: noTurnInSource,
  },
  {
    id: '10-stored',
    title: 'secrets are readable by those who need them',
    mend: 'sudo infra/init.sh; sudo infra/parts/turn/secrets sync',
    root: true,
    look: modes,
  },
  {
    id: '10-own',
    title: 'secrets are neither defaults nor short',
    mend: 'empty TURN_SECRETS or JWT_KEYS in the answers, then sudo infra/init.sh',
    root: true,
    look: ownSecrets,
  },
  {
    id: '10-env',
    title: 'no .env in the release, .env.example kept',
    mend: 'sudo rm it, and rotate what it held: docs/operations/secrets.md',
    look: noEnvironmentFiles,
  },
  {
    id: '10-turn-age',
    title: `TURN secrets are younger than ${ROTATION_DAYS} days`,
    mend: 'sudo infra/parts/turn/secrets rotate, an hour later sudo infra/parts/turn/secrets finish',
    look: changedWithin('turn', ROTATION_DAYS),
  },
  {
    id: '10-jwt-age',
    title: `JWT signing keys are younger than ${ROTATION_DAYS} days`,
    mend: 'sudo infra/parts/secrets/jwt rotate, a day later sudo infra/parts/secrets/jwt finish',
    look: changedWithin('jwt', ROTATION_DAYS),
  },
  {
    id: '10-ssh-age',
    title: 'SSH keys are younger than a year',
    mend: 'new keys for every administrator, then sudo infra/parts/secrets/calendar done ssh',
    look: changedWithin('ssh', YEAR_DAYS),
  },
  {
    id: '10-other-ages',
    title: 'keys of archive and alerts are younger than a year',
    mend: 'docs/operations/secrets.md',
    root: true,
    look: foreignKeys,
  },
  {
    id: '10-all-rotated',
    title: 'all secrets were changed after the server was set up',
    mend: 'docs/operations/secrets.md, before the first azaan',
    confirmedForDays: YEAR_DAYS,
  },
  {
    id: '10-calendar',
    title: 'the rotation calendar is kept',
    mend: 'systemctl status azaan-textfile.timer; sudo systemctl start azaan-textfile',
    look: calendarIsKept,
  },
];
