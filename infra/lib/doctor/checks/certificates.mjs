import { X509Certificate } from 'node:crypto';
import { bad, good, unlessAny } from '../finding.mjs';
import { handshake } from '../https.mjs';
import { unitRuns, unitState } from '../units.mjs';

/** certbot renews at a third; a quarter means that it failed for a while. */
const MIN_LEFT = 0.25;
const MAX_TIMER_AGE_DAYS = 2;
const DAY_MS = 86_400_000;

const served = (machine, variable) =>
  machine.once(`certificate of ${variable}`, () => handshake(machine, machine.answer(variable)));
const both = (machine) => Promise.all(['DOMAIN', 'TURN_DOMAIN'].map((variable) => served(machine, variable)));

async function valid(machine) {
  const problems = await Promise.all(
    ['DOMAIN', 'TURN_DOMAIN'].map(async (variable) => {
      const { trusted, reason, certificate } = await served(machine, variable);
      return trusted
        ? []
        : [`${machine.answer(variable)}: ${reason}, issued by ${certificate.issuer.replaceAll('\n', ' ')}`];
    }),
  );
  const [{ certificate }] = await both(machine);
  return unlessAny(problems.flat(), `issued by ${certificate.issuer.replaceAll('\n', ' ')}`);
}

async function life(machine) {
  const shares = (await both(machine)).map(({ certificate }) => {
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    return { left: (to - machine.nowMs) / (to - from), days: Math.floor((to - machine.nowMs) / DAY_MS) };
  });
  const shortest = shares.reduce((a, b) => (a.left < b.left ? a : b));
  const seen = `${Math.round(shortest.left * 100)} % of its life, ${shortest.days} days`;
  return shortest.left >= MIN_LEFT ? good(seen) : bad(seen);
}

async function timer(machine) {
  const finding = await unitRuns(machine, 'certbot.timer');
  if (finding.status !== 'ok') return finding;
  const last = Date.parse((await unitState(machine, 'certbot.timer')).get('LastTriggerUSec') ?? '');
  if (Number.isNaN(last)) return good(`${finding.seen}; not yet run`);
  const days = (machine.nowMs - last) / DAY_MS;
  return days <= MAX_TIMER_AGE_DAYS
    ? good(`${finding.seen}; last run ${days.toFixed(1)} days ago`)
    : bad(`last run ${Math.round(days)} days ago`);
}

/** What the hook hands out is what nginx and coturn serve. */
async function handedOut(machine) {
  const hook = machine.stat('/etc/letsencrypt/renewal-hooks/deploy/azaan');
  if (hook === undefined || (hook.mode & 0o111) === 0) return bad('the deploy hook is missing or not executable');
  const text = machine.read(`/etc/letsencrypt/live/${machine.answer('DOMAIN')}/cert.pem`);
  if (text === undefined) return bad('certbot has no certificate yet');
  const current = new X509Certificate(text).fingerprint256;
  const [nginx, coturn] = await both(machine);
  return unlessAny(
    [
      nginx.certificate.fingerprint256 === current ? '' : 'nginx serves another certificate than certbot has',
      coturn.certificate.fingerprint256 === current ? '' : 'coturn serves another certificate than certbot has',
    ].filter(Boolean),
    'nginx and coturn serve the newest certificate',
  );
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const certificateChecks = [
  {
    id: '4.3-certificate',
    title: 'a certificate that browsers believe, for both names',
    mend: 'ACME=production in the answers, then sudo infra/init.sh',
    look: valid,
  },
  {
    id: '4.3-life',
    title: 'the certificate has a quarter of its life left',
    mend: 'docs/runbooks/tls-certificate-expiry-emergency.md',
    look: life,
  },
  {
    id: '4.3-timer',
    title: 'the renewal timer is on and runs',
    mend: 'sudo systemctl enable --now certbot.timer',
    look: timer,
  },
  {
    id: '4.3-hook',
    title: 'renewed certificates reach nginx and coturn',
    mend: 'sudo infra/parts/certificates/obtain',
    root: true,
    look: handedOut,
  },
  { id: '4.3-staging', title: 'renewal was tried against the staging authority', mend: 'sudo certbot renew --dry-run' },
];
