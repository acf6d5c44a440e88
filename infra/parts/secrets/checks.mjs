import { bad, unlessAny } from '../../lib/doctor/finding.mjs';
import { METRICS } from '../../lib/doctor/machine.mjs';

const YEAR_DAYS = 365;
const DAY_SECONDS = 86_400;
const FEW_CHARACTERS = 12;
/** Values that stand in documents and tests, and what people type. */
const KNOWN = /change.?me|example|default|password|any$|^(.)\1+$|0123456789/i;

/** That they are long enough, the renderer sees. */
function ownSecrets(machine) {
  const isGuessable = (secret) => KNOWN.test(secret) || new Set(secret).size < FEW_CHARACTERS;
  const jwtKeys = machine.answer('JWT_KEYS').split(',');
  return unlessAny(
    [
      machine.value('TURN_SECRETS').some(isGuessable) && 'a TURN secret is missing or guessable',
      jwtKeys.some((key) => isGuessable(Buffer.from(key.replace(/^[^:]*:/, ''), 'base64').toString('latin1'))) &&
        'a JWT key is missing or guessable',
    ],
    'made for this server',
  );
}

/** As infra/parts/secrets/calendar tells the alerts. */
function ages(machine) {
  const metrics = machine.metrics('secrets');
  const age = machine.ageInDays(`${METRICS}/secrets.prom`);
  if (age === undefined) return bad('the calendar has not looked yet');
  if (age > 1) return bad(`the calendar last looked ${age.toFixed(1)} days ago`);
  const secrets = [...metrics].flatMap(([name, limit]) => {
    const [, secret] = /^azaan_secret_lifetime_days\{secret="(.*)"\}$/.exec(name) ?? [];
    if (secret === undefined) return [];
    const changed = metrics.get(`azaan_secret_changed_timestamp_seconds{secret="${secret}"}`);
    const days = Math.round((machine.nowMs / 1_000 - changed) / DAY_SECONDS);
    return [{ seen: `${secret}: ${days} days ago`, limit, isOld: days > limit }];
  });
  return unlessAny(
    [
      secrets.length === 0 && 'the calendar knows no secrets',
      ...secrets.map(({ seen, limit, isOld }) => isOld && `${seen}, wanted: ${limit} or less`),
    ],
    secrets.map(({ seen }) => seen).join(', '),
  );
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '10-own',
    title: 'secrets are no defaults, and not guessable',
    mend: 'empty TURN_SECRETS or JWT_KEYS in the answers, then sudo infra/init.sh',
    look: ownSecrets,
  },
  {
    id: '10-ages',
    title: 'every secret was changed when it was due, by the calendar',
    mend: 'docs/operations/secrets.md; where the calendar does not look: sudo systemctl start azaan-textfile',
    look: ages,
  },
  {
    id: '10-all-rotated',
    title: 'all secrets were changed after the server was set up',
    mend: 'docs/operations/secrets.md, before the first azaan',
    confirmedForDays: YEAR_DAYS,
  },
];
