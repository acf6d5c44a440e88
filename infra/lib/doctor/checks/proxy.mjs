import { bad, good, unlessAny } from '../finding.mjs';
import { call } from '../https.mjs';
import { directives } from '../parse.mjs';

const TOO_LARGE_BYTES = 80_000;

/** The configuration that nginx would start with. @throws {Error} when it would not */
const configuration = (machine) =>
  machine.once('nginx -T', async () => {
    const prefix = machine.root === '' ? [] : ['-p', machine.root];
    const { code, stdout, stderr } = await machine.run('nginx', [
      '-T',
      ...prefix,
      '-c',
      machine.path('/etc/nginx/nginx.conf'),
    ]);
    if (code !== 0)
      throw new Error(
        stderr
          .trim()
          .split('\n')
          .find((line) => line.includes('[emerg]')) ?? `nginx -T ends with ${code}`,
      );
    return stdout;
  });

async function answers(machine, path) {
  const { status, headers } = await call(machine, path);
  const id = headers['x-request-id'] === undefined ? 'without X-Request-Id' : 'with X-Request-Id';
  return status === 200 ? good(`200, ${id}`) : bad(`${path} answers ${status}`);
}

async function ready(machine) {
  const { status, body } = await call(machine, '/readyz');
  if (status === 200) return good('every part is up');
  const parts = Object.entries(JSON.parse(body).details ?? {}).filter(([, part]) => part.status !== 'up');
  return bad(`${status}: ${parts.map(([name]) => name).join(', ') || 'no parts named'} down`);
}

async function forwards(machine) {
  const set = directives(await configuration(machine), 'proxy_set_header');
  const wanted = ['X-Forwarded-For $remote_addr', 'X-Forwarded-Proto https', 'X-Request-Id $request_id'];
  const missing = wanted.filter((header) => !set.includes(header));
  return missing.length === 0 ? good('overwritten by nginx') : bad(`nginx does not set ${missing.join(', ')}`);
}

async function limits(machine) {
  // On a path that fail2ban does not count.
  const large = { method: 'POST', headers: { 'content-type': 'application/json' }, body: 'x'.repeat(TOO_LARGE_BYTES) };
  const [{ status }, text] = await Promise.all([call(machine, '/healthz', large), configuration(machine)]);
  const missing = [
    'client_header_timeout',
    'client_body_timeout',
    'proxy_read_timeout',
    'limit_req',
    'limit_conn',
  ].filter((name) => directives(text, name).length === 0);
  return unlessAny(
    [
      status === 413 ? '' : `a body of ${TOO_LARGE_BYTES} bytes is answered ${status}`,
      ...missing.map((name) => `no ${name}`),
    ].filter(Boolean),
    'a large body is answered 413; times and rates are limited',
  );
}

async function compresses(machine) {
  const text = await configuration(machine);
  const json = directives(text, 'gzip_types').some((types) => types.split(' ').includes('application/json'));
  const on = directives(text, 'gzip').includes('on');
  if (!on || !json) return bad('gzip is off for JSON');
  const { headers } = await call(machine, '/', { headers: { 'accept-encoding': 'gzip', accept: 'text/html' } });
  return headers['content-encoding'] === 'gzip' ? good('JSON and pages') : bad('a page came uncompressed');
}

async function hardHeaders(machine) {
  const { headers } = await call(machine, '/', { headers: { accept: 'text/html' } });
  const missing = ['content-security-policy', 'x-content-type-options', 'referrer-policy'].filter(
    (name) => !(name in headers),
  );
  const version = /\d/.test(headers.server ?? '') ? [`Server tells ${headers.server}`] : [];
  return unlessAny([...missing.map((name) => `no ${name}`), ...version], 'security headers, no version');
}

async function closed(machine) {
  const [metrics, admin] = await Promise.all(['/metrics', '/admin/bans'].map((path) => call(machine, path)));
  return unlessAny(
    [
      metrics.status === 403 ? '' : `/metrics answers ${metrics.status}`,
      [401, 403].includes(admin.status) ? '' : `/admin/bans answers ${admin.status}`,
    ].filter(Boolean),
    `/metrics ${metrics.status}, calls below /admin ${admin.status}`,
  );
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const proxyChecks = [
  {
    id: '4.1-answers',
    title: 'the relay answers through nginx and TLS',
    mend: 'systemctl status nginx; docs/runbooks/PublicSiteDown.md',
    look: (machine) => answers(machine, '/healthz'),
  },
  { id: '4.1-ready', title: 'every part of the relay is ready', mend: 'docs/runbooks/RelayNotReady.md', look: ready },
  {
    id: '4.1-forwarded',
    title: 'forwarding headers are overwritten',
    mend: 'sudo infra/init.sh',
    root: true,
    look: forwards,
  },
  {
    id: '4.1-limits',
    title: 'sizes, times and rates are limited',
    mend: 'sudo infra/init.sh',
    root: true,
    look: limits,
  },
  {
    id: '4.1-gzip',
    title: 'JSON is compressed',
    mend: 'sudo infra/init.sh',
    root: true,
    look: compresses,
  },
  { id: '4.1-headers', title: 'security headers on every page', mend: 'docs/security.md', look: hardHeaders },
  {
    id: '4.1-closed',
    title: '/metrics and calls below /admin are closed to the public',
    mend: 'sudo infra/init.sh',
    look: closed,
  },
];
