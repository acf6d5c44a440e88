import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bad, good, unknown, unlessAny } from '../finding.mjs';

const ROTATION_DAYS = 90;
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

const rotated = (file) => (machine) => {
  const age = machine.ageInDays(`/var/lib/azaan/${file}`);
  if (age === undefined) return unknown('no rotation is on record');
  const seen = `${Math.round(age)} days ago`;
  return age <= ROTATION_DAYS ? good(seen) : bad(`${seen}, wanted: ${ROTATION_DAYS} or less`);
};

/** @type {readonly import('../examine.mjs').Check[]} */
export const secretsChecks = [
  {
    id: '10-source',
    title: 'no TURN credentials in source or configuration',
    mend: 'sudo infra/init.sh --only configuration',
    root: true,
    look: noTurnInSource,
  },
  {
    id: '10-stored',
    title: 'secrets are readable by those who need them',
    mend: 'sudo infra/init.sh --only configuration',
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
    mend: 'remove it, and rotate what it held',
    look: noEnvironmentFiles,
  },
  {
    id: '10-turn-age',
    title: `TURN secrets are younger than ${ROTATION_DAYS} days`,
    mend: 'sudo infra/turn/secrets rotate',
    confirmedForDays: ROTATION_DAYS,
    look: rotated('turn-rotated'),
  },
  {
    id: '10-jwt-age',
    title: `JWT signing keys are younger than ${ROTATION_DAYS} days`,
    mend: 'docs/operations/secrets.md',
    confirmedForDays: ROTATION_DAYS,
    look: rotated('jwt-rotated'),
  },
  {
    id: '10-ssh-keys',
    title: 'SSH keys are those of the present administrators, and young',
    mend: 'go through ~/.ssh/authorized_keys of every sudo user',
    confirmedForDays: ROTATION_DAYS,
  },
  { id: '10-calendar', title: 'somebody keeps the rotation calendar', mend: 'docs/operations/secrets.md' },
];
