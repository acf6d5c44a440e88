import { bad, forPeople, good, unlessAny } from '../finding.mjs';
import { call, callPlain, handshake } from '../https.mjs';

const MIN_HSTS_SECONDS = 31_536_000;
/** No forward secrecy, no authenticated encryption, or both. */
const WEAK =
  'AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:DES-CBC3-SHA:@SECLEVEL=0';
// coturn does not refuse it, but says nothing: this machine would answer within milliseconds.
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0', timeout: 1_000 };
const only = (version) => ({ minVersion: version, maxVersion: version });

const names = (machine) => [machine.answer('DOMAIN'), machine.answer('TURN_DOMAIN')];
const succeeds = (machine, name, options) =>
  handshake(machine, name, options).then(
    () => true,
    () => false,
  );

async function redirects(machine) {
  const { status, headers } = await callPlain(machine, '/some/page?x=1');
  const wanted = `https://${machine.answer('DOMAIN')}/some/page?x=1`;
  return status === 308 && headers.location === wanted
    ? good(`308 to ${wanted}`)
    : bad(`${status} to ${headers.location ?? 'nowhere'}`);
}

async function protocols(machine) {
  const [domain, turn] = names(machine);
  const [old, oldTurn, v12, v13, newTurn] = await Promise.all([
    succeeds(machine, domain, OLD),
    succeeds(machine, turn, OLD),
    succeeds(machine, domain, only('TLSv1.2')),
    succeeds(machine, domain, only('TLSv1.3')),
    succeeds(machine, turn, { minVersion: 'TLSv1.2' }),
  ]);
  return unlessAny(
    [
      old ? `${domain} speaks TLS 1.1 or older` : '',
      oldTurn ? `${turn} speaks TLS 1.1 or older` : '',
      v12 ? '' : `${domain} does not speak TLS 1.2`,
      v13 ? '' : `${domain} does not speak TLS 1.3`,
      newTurn ? '' : `${turn} speaks neither TLS 1.2 nor 1.3`,
    ].filter(Boolean),
    'TLS 1.2 and 1.3, nothing older, both names',
  );
}

async function ciphers(machine) {
  const domain = machine.answer('DOMAIN');
  const [weak, chosen] = await Promise.all([
    succeeds(machine, domain, { ...only('TLSv1.2'), ciphers: WEAK }),
    handshake(machine, domain, only('TLSv1.2')),
  ]);
  if (weak) return bad('weak ciphers are accepted');
  return good(`${chosen.cipher}; weak ones are refused`);
}

async function resumes(machine) {
  const domain = machine.answer('DOMAIN');
  const first = await handshake(machine, domain, only('TLSv1.2'));
  const second = await handshake(machine, domain, { ...only('TLSv1.2'), session: first.session });
  return second.reused ? good('a session was taken up again') : bad('a session was not taken up again');
}

async function hsts(machine) {
  const { headers } = await call(machine, '/healthz');
  const seconds = Number(/max-age=(\d+)/.exec(headers['strict-transport-security'] ?? '')?.[1] ?? 0);
  if (machine.answer('HSTS') === 'on') {
    return seconds >= MIN_HSTS_SECONDS ? good(`${seconds} s`) : bad(`HSTS=on, but the header says ${seconds} s`);
  }
  return seconds === 0 ? forPeople('not yet: HSTS=off') : bad('HSTS=off, but the header is sent');
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const tlsChecks = [
  { id: '4.2-redirect', title: 'HTTP is sent on to HTTPS', mend: 'sudo infra/init.sh', look: redirects },
  { id: '4.2-protocols', title: 'TLS 1.2 and 1.3 only', mend: 'sudo infra/init.sh', look: protocols },
  { id: '4.2-ciphers', title: 'strong ciphers', mend: 'sudo infra/init.sh', look: ciphers },
  { id: '4.2-resumption', title: 'sessions are resumed', mend: 'sudo infra/init.sh', look: resumes },
  {
    id: '4.2-hsts',
    title: 'HSTS, once the certificate is proven',
    mend: 'after the first renewal: HSTS=on in the answers, then sudo infra/init.sh',
    look: hsts,
  },
  { id: '4.2-ssl-labs', title: 'SSL Labs gives grade A', mend: 'https://www.ssllabs.com/ssltest/' },
];
