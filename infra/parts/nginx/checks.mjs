import { bad, forPeople, good, unlessAny } from '../../lib/doctor/finding.mjs';
import { call, handshake } from '../../lib/doctor/https.mjs';

const TOO_LARGE_BYTES = 80_000;
const MIN_HSTS_SECONDS = 31_536_000;
/** No forward secrecy, no authenticated encryption, or both. */
const WEAK =
  'AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:DES-CBC3-SHA:@SECLEVEL=0';
// coturn does not refuse it, but says nothing: this machine would answer within milliseconds.
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0', timeout: 1_000 };
const only = (version) => ({ minVersion: version, maxVersion: version });

const succeeds = (machine, name, options) =>
  handshake(machine, machine.answer(name), options).then(
    () => true,
    () => false,
  );

async function limits(machine) {
  // On a path that fail2ban does not count.
  const large = { method: 'POST', headers: { 'content-type': 'application/json' }, body: 'x'.repeat(TOO_LARGE_BYTES) };
  const { status } = await call(machine, '/healthz', large);
  const seen = `a body of ${TOO_LARGE_BYTES} bytes is answered ${status}`;
  return status === 413 ? good(seen) : bad(seen);
}

async function pages(machine) {
  const { headers } = await call(machine, '/', { headers: { accept: 'text/html', 'accept-encoding': 'gzip' } });
  const wanted = ['content-security-policy', 'x-content-type-options', 'referrer-policy'];
  return unlessAny(
    [
      ...wanted.map((name) => !(name in headers) && `no ${name}`),
      headers['content-encoding'] !== 'gzip' && 'it comes uncompressed',
      /\d/.test(headers.server ?? '') && `Server tells ${headers.server}`,
    ],
    'compressed, security headers, no version',
  );
}

async function closed(machine) {
  const [metrics, admin] = await Promise.all(['/metrics', '/admin/bans'].map((path) => call(machine, path)));
  return unlessAny(
    [
      metrics.status !== 403 && `/metrics answers ${metrics.status}`,
      ![401, 403].includes(admin.status) && `/admin/bans answers ${admin.status}`,
    ],
    `/metrics ${metrics.status}, calls below /admin ${admin.status}`,
  );
}

async function redirects(machine) {
  const { status, headers } = await call(machine, '/some/page?x=1', { tls: false });
  const wanted = `https://${machine.answer('DOMAIN')}/some/page?x=1`;
  return status === 308 && headers.location === wanted
    ? good(`308 to ${wanted}`)
    : bad(`${status} to ${headers.location ?? 'nowhere'}`);
}

async function protocols(machine) {
  const tries = [
    ['DOMAIN', OLD, false, 'speaks TLS 1.1 or older'],
    ['TURN_DOMAIN', OLD, false, 'speaks TLS 1.1 or older'],
    ['DOMAIN', only('TLSv1.2'), true, 'does not speak TLS 1.2'],
    ['DOMAIN', only('TLSv1.3'), true, 'does not speak TLS 1.3'],
    ['TURN_DOMAIN', { minVersion: 'TLSv1.2' }, true, 'speaks neither TLS 1.2 nor 1.3'],
  ];
  const problems = tries.map(
    async ([name, options, wanted, problem]) =>
      (await succeeds(machine, name, options)) !== wanted && `${machine.answer(name)} ${problem}`,
  );
  return unlessAny(await Promise.all(problems), 'TLS 1.2 and 1.3, nothing older, both names');
}

async function ciphers(machine) {
  const domain = machine.answer('DOMAIN');
  const [weak, first] = await Promise.all([
    succeeds(machine, 'DOMAIN', { ...only('TLSv1.2'), ciphers: WEAK }),
    handshake(machine, domain, only('TLSv1.2')),
  ]);
  const second = await handshake(machine, domain, { ...only('TLSv1.2'), session: first.session });
  return unlessAny(
    [weak && 'weak ciphers are accepted', !second.reused && 'a session was not taken up again'],
    `${first.cipher}; weak ones are refused; a session was taken up again`,
  );
}

async function hsts(machine) {
  const { headers } = await call(machine, '/healthz');
  const seconds = Number(/max-age=(\d+)/.exec(headers['strict-transport-security'] ?? '')?.[1] ?? 0);
  if (machine.answer('HSTS') === 'on') {
    return seconds >= MIN_HSTS_SECONDS ? good(`${seconds} s`) : bad(`HSTS=on, but the header says ${seconds} s`);
  }
  return seconds === 0 ? forPeople('not yet: HSTS=off') : bad('HSTS=off, but the header is sent');
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  { id: '4.1-limits', title: 'the size of calls is limited', look: limits },
  { id: '4.1-pages', title: 'pages are compressed, with security headers', look: pages },
  { id: '4.1-closed', title: '/metrics and calls below /admin are closed to the public', look: closed },
  { id: '4.2-redirect', title: 'HTTP is sent on to HTTPS', look: redirects },
  { id: '4.2-protocols', title: 'TLS 1.2 and 1.3 only', look: protocols },
  { id: '4.2-ciphers', title: 'strong ciphers, and sessions are resumed', look: ciphers },
  {
    id: '4.2-hsts',
    title: 'HSTS, once the certificate is proven',
    mend: 'after the first renewal: HSTS=on in the answers, then sudo infra/init.sh',
    look: hsts,
  },
  { id: '4.2-ssl-labs', title: 'SSL Labs gives grade A', mend: 'https://www.ssllabs.com/ssltest/' },
];
