import { bad, unlessAny } from '../../lib/doctor/finding.mjs';
import { handshake } from '../../lib/doctor/https.mjs';
import { unitState, unitsRun } from '../../lib/doctor/units.mjs';

/** certbot renews at a third; a quarter means that it failed for a while. */
const MIN_LEFT = 0.25;
const MAX_TIMER_AGE_DAYS = 2;
const DAY_MS = 86_400_000;
const TLS_KEY = '/etc/azaan/tls/privkey.pem';
/** What nobody else may do with private keys, and with coturn's copies of its secrets. */
const FORBIDDEN = new Map([
  [TLS_KEY, 0o077],
  ['/etc/azaan/turn-tls/privkey.pem', 0o077],
  ['/etc/letsencrypt/live', 0o007],
  ['/etc/letsencrypt/archive', 0o007],
  ['/var/lib/turn/turndb', 0o137],
]);

async function valid(machine) {
  const look = async (name) => {
    const { trusted, reason, certificate } = await handshake(machine, name);
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    const left = (to - machine.nowMs) / (to - from);
    const days = Math.floor((to - machine.nowMs) / DAY_MS);
    const seen = `${name}: ${Math.round(left * 100)} % of its life, ${days} days`;
    const issuer = certificate.issuer.replaceAll('\n', ' ');
    return { seen, problems: [!trusted && `${name}: ${reason}, issued by ${issuer}`, left < MIN_LEFT && seen] };
  };
  const both = await Promise.all(['DOMAIN', 'TURN_DOMAIN'].map((name) => look(machine.answer(name))));
  return unlessAny(
    both.flatMap(({ problems }) => problems),
    both.map(({ seen }) => seen).join('; '),
  );
}

async function timer(machine) {
  const finding = await unitsRun(machine, 'certbot.timer');
  const last = Date.parse((await unitState(machine, 'certbot.timer')).LastTriggerUSec ?? '');
  const days = (machine.nowMs - last) / DAY_MS;
  // Not a number where it has not run yet.
  return finding.status === 'ok' && days > MAX_TIMER_AGE_DAYS ? bad(`last run ${Math.round(days)} days ago`) : finding;
}

function keyModes(machine) {
  const problems = [...FORBIDDEN].map(([path, forbidden]) => {
    const stat = machine.stat(path);
    if (stat === undefined) return `there is no ${path}`;
    return (stat.mode & forbidden) !== 0 && `${path} has mode ${(stat.mode & 0o777).toString(8)}`;
  });
  return unlessAny([...problems, machine.stat(TLS_KEY)?.uid > 0 && `${TLS_KEY} is not root's`], 'owners only');
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '4.3-certificate',
    title: 'certificates that browsers believe, a quarter of their life left',
    mend: 'ACME=production in the answers, then sudo infra/init.sh; docs/runbooks/tls-certificate-expiry-emergency.md',
    look: valid,
  },
  {
    id: '4.3-timer',
    title: 'the renewal timer is on and runs',
    mend: 'sudo systemctl enable --now certbot.timer',
    look: timer,
  },
  { id: '4.3-staging', title: 'renewal was tried against the staging authority', mend: 'sudo certbot renew --dry-run' },
  {
    id: '14-tls-keys',
    title: 'private keys are for privileged users only',
    mend: 'sudo chmod 0700 /etc/letsencrypt/live /etc/letsencrypt/archive; sudo infra/parts/certificates/obtain; sudo infra/parts/turn/secrets sync',
    look: keyModes,
  },
];
