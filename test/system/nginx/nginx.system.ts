import { mkdir, readFile, readdir, writeFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { INFRA } from '../support/machine.js';
import { DOMAIN, Nginx, TURN_DOMAIN } from '../support/nginx.js';

const JSON_BODY = ['-H', 'Content-Type: application/json'];
const BROWSER = ['-H', 'Accept: text/html,application/xhtml+xml'];

describe('nginx in front of the relay', () => {
  let relay: TestServer;
  let nginx: Nginx;

  beforeAll(async () => {
    relay = await startServer({ MEDIA_WORKERS: '1' });
    nginx = await Nginx.start({ APP_PORT: new URL(relay.url).port });
  });
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await relay.close();
  });

  it('serves the pages and calls of the relay over HTTP/2 and TLS', async () => {
    const page = await nginx.call('/', '--http2', '-w', '\n%{http_version}');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).toMatch(/<html[\s\S]*\n2$/);
    expect((await nginx.call('/healthz')).body).toBe('{"status":"ok"}');
    const join = await nginx.call('/consumer', ...JSON_BODY, '-d', '{"connectionID":"nobody","sdp":"v=0"}');
    expect(join.headers['content-type']).toMatch(/json/);
  });

  it('speaks TLS 1.2 and 1.3 and nothing older', async () => {
    const url = `https://${DOMAIN}:${nginx.httpsPort}/healthz`;
    for (const version of ['1.2', '1.3']) {
      const { code } = await nginx.curl(url, `--tlsv${version}`, '--tls-max', version);
      expect(code, version).toBe(0);
    }
    // Security level 0 lets the client itself offer the old versions, so that it is nginx who refuses.
    for (const version of ['1.0', '1.1']) {
      const old = ['--tlsv1.0', '--tls-max', version, '--ciphers', 'DEFAULT@SECLEVEL=0'];
      const { code, stderr } = await nginx.curl(url, ...old);
      expect(code, version).toBe(35);
      expect(stderr, version).toMatch(/alert protocol version/);
    }
  });

  it('agrees only on ciphers with forward secrecy and authentication', async () => {
    const url = `https://${DOMAIN}:${nginx.httpsPort}/healthz`;
    for (const cipher of ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA256']) {
      const { code } = await nginx.curl(url, '--tls-max', '1.2', '--ciphers', cipher);
      expect(code, cipher).toBe(35);
    }
    const good = await nginx.curl(url, '--tls-max', '1.2', '--ciphers', 'ECDHE-ECDSA-AES128-GCM-SHA256');
    expect(good.code).toBe(0);
  });

  it('sends http to https without changing the method, except for certificate challenges', async () => {
    const { status, headers } = await nginx.callPlain('/broadcast?a=b', '-X', 'POST', '-d', '{}');
    expect(status).toBe(308);
    expect(headers['location']).toBe(`https://${DOMAIN}/broadcast?a=b`);
    const folder = nginx.machine.path('var/lib/azaan/acme/.well-known/acme-challenge');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'token'), 'answer');
    expect(await nginx.callPlain('/.well-known/acme-challenge/token')).toMatchObject({ status: 200, body: 'answer' });
    expect((await nginx.callPlain('/.well-known/acme-challenge/other')).status).toBe(404);
  });

  it('answers nothing to other names', async () => {
    for (const url of [
      `https://other.example.org:${nginx.httpsPort}/`,
      `http://other.example.org:${nginx.httpPort}/`,
    ]) {
      const { code, stdout } = await nginx.curl(url, '-k');
      expect(code, url).not.toBe(0);
      expect(stdout, url).toBe('');
    }
  });

  it('closes /metrics in every spelling, and /admin calls to whoever is no administrator', async () => {
    const spellings = '/metrics /METRICS /metrics/ /%6detrics //metrics /a/../metrics /metrics?a';
    for (const path of spellings.split(' ')) {
      const { status, headers, body } = await nginx.call(path, '--path-as-is');
      expect(status, path).toBe(403);
      expect(headers['content-type'], path).toBe('application/problem+json');
      expect(JSON.parse(body), path).toMatchObject({ status: 403, code: 'forbidden' });
    }
    for (const path of ['/admin/broadcasts', '/ADMIN/x']) expect((await nginx.call(path)).status, path).toBe(403);
  });

  it('lets administrators call below /admin', async () => {
    try {
      await nginx.renderAgain({ ADMIN_CIDRS: '198.51.100.0/24 127.0.0.1' });
      // The relay's own answer: there is nothing there.
      expect((await nginx.call('/admin/nothing-of-that-name')).status).not.toBe(403);
    } finally {
      await nginx.renderAgain({ ADMIN_CIDRS: '198.51.100.7/32' });
    }
  });

  it('promises TLS only once that is switched on, also where it answers by itself', async () => {
    const promises = async () =>
      Promise.all(
        ['/healthz', '/metrics'].map(async (path) => (await nginx.call(path)).headers['strict-transport-security']),
      );
    expect(await promises()).toEqual([undefined, undefined]);
    try {
      await nginx.renderAgain({ HSTS: 'on' });
      expect(await promises()).toEqual(['max-age=63072000', 'max-age=63072000']);
    } finally {
      await nginx.renderAgain({ HSTS: 'off' });
    }
  });

  it('compresses JSON', async () => {
    const { headers } = await nginx.call('/i18n/en.json', '-H', 'Accept-Encoding: gzip', '-o', '/dev/null', '-D', '-');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['vary']).toMatch(/Accept-Encoding/);
  });

  it('refuses bodies that the relay would not read', async () => {
    const file = nginx.machine.path('large');
    await writeFile(file, 'x'.repeat(65 * 1024));
    const { status, body } = await nginx.call('/consumer', ...JSON_BODY, '--data-binary', `@${file}`);
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ code: 'payload_too_large' });
    expect((await nginx.accessLog()).at(-1)).toMatchObject({ status: '413', method: 'POST', path: '/consumer' });
  });

  it('logs one JSON object a line, whatever callers send, under the id that the relay logs', async () => {
    const forged = ['-A', 'a "quoted" \\ agent', '-H', 'X-Request-Id: forged'];
    const { headers } = await nginx.call('/nowhere?token=secret', ...forged);
    const id = headers['x-request-id'];
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    await nginx.curl(`https://${DOMAIN}:${nginx.httpsPort}/%22%0a%7b`, '--path-as-is');
    const entries = await nginx.accessLog();
    expect(entries.find(({ requestId }) => requestId === id)).toMatchObject({
      address: '127.0.0.1',
      status: '404',
      path: '/nowhere',
      userAgent: 'a "quoted" \\ agent',
      upstreamStatus: '404',
    });
    expect(JSON.stringify(entries)).not.toContain('secret');
    expect(relay.logs().some((line) => line.includes(id!))).toBe(true);
  });
});

describe('what nginx tells the relay', () => {
  let seen: IncomingHttpHeaders[] = [];
  let app: Server;
  let nginx: Nginx;

  beforeAll(async () => {
    app = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    nginx = await Nginx.start({
      APP_PORT: String((app.address() as AddressInfo).port),
      CALLS_PER_SECOND: '1',
      CALLS_BURST: '5',
    });
  });
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await new Promise((resolve) => app.close(resolve));
  });

  it('overwrites every header by which a caller could pretend to be somebody else', async () => {
    seen = [];
    const names = 'X-Forwarded-For X-Forwarded-Host X-Real-IP Forwarded X-Request-Id X-Forwarded-Proto';
    await nginx.call('/', ...names.split(' ').flatMap((name) => ['-H', `${name}: 10.6.6.6`]));
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain('10.6.6.6');
    expect(seen[0]).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', host: DOMAIN });
    expect(seen[0]?.['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('answers 429 and when to come back, beyond the rate of one address', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => nginx.call('/')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0]?.headers).toMatchObject({ 'retry-after': '5', 'content-type': 'application/problem+json' });
    expect(JSON.parse(refused[0]!.body)).toMatchObject({ status: 429, code: 'rate_limited' });
    const logged = (await nginx.accessLog()).filter(({ limit }) => limit === 'REJECTED');
    expect(logged.length).toBe(refused.length);
    expect(logged[0]).toMatchObject({ status: '429', method: 'GET', path: '/' });
  });
});

describe('connections', () => {
  const LIMIT = 5;
  let waiting: ServerResponse[] = [];
  let connections = 0;
  let app: Server;
  let nginx: Nginx;

  beforeAll(async () => {
    app = createServer(({ url }, response) => {
      if (url === '/wait') waiting.push(response);
      else response.end('{}');
    });
    app.on('connection', () => (connections += 1)).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const port = String((app.address() as AddressInfo).port);
    nginx = await Nginx.start({ APP_PORT: port, CONNECTIONS_PER_ADDRESS: String(LIMIT) });
  });
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await new Promise((resolve) => app.close(resolve));
  });

  const open = async () => {
    const ca = await readFile(nginx.machine.path('etc/azaan/tls/fullchain.pem'));
    return connectTls({
      host: '127.0.0.1',
      port: Number(nginx.httpsPort),
      servername: DOMAIN,
      ca,
      ALPNProtocols: ['h2'],
    });
  };

  it('are as many as one address may have, and the next is closed before TLS begins', async () => {
    const sockets = await Promise.all(Array.from({ length: LIMIT }, open));
    await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
    await expect(open().then((socket) => once(socket, 'secureConnect'))).rejects.toThrow(/disconnected|ECONNRESET/);
    sockets.forEach((socket) => socket.destroy());
    await expect.poll(async () => (await nginx.call('/')).status).toBe(200);
  });

  it('count calls that share one of them as well: one too many is answered 429', async () => {
    const socket = await open();
    const session = connectHttp2(`https://${DOMAIN}:${nginx.httpsPort}`, { createConnection: () => socket });
    await once(session, 'connect');
    const statusOf = async (path: string) => {
      const [headers] = (await once(session.request({ ':path': path }), 'response')) as [IncomingHttpHeaders];
      return Number(headers[':status' as keyof IncomingHttpHeaders]);
    };
    const patient = Array.from({ length: LIMIT }, () => statusOf('/wait'));
    await expect.poll(() => waiting.length).toBe(LIMIT);
    expect(await statusOf('/wait')).toBe(429);
    waiting.forEach((response) => response.end());
    waiting = [];
    expect(await Promise.all(patient)).toEqual(patient.map(() => 200));
    session.destroy();
  });

  it('to the relay are used again', async () => {
    await expect.poll(async () => (await nginx.call('/')).status).toBe(200);
    const before = connections;
    for (let calls = 0; calls < 40; calls += 1) await nginx.call('/');
    // Each worker process of nginx keeps its own.
    expect(connections - before).toBeLessThanOrEqual(availableParallelism());
  });

  it('to port 80 end with their answer', async () => {
    const { headers } = await nginx.callPlain('/');
    expect(headers['connection']).toBe('close');
  });
});

describe('nginx while the relay is away', () => {
  it('shows people a page and tells apps when to come back', async () => {
    await using nginx = await Nginx.start();
    const page = await nginx.call('/', ...BROWSER);
    expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '5', 'content-type': 'text/html' } });
    expect(page.body).toContain('Back in a moment');
    expect((await nginx.call('/some/page?token=secret', ...BROWSER)).status).toBe(503);
    expect((await nginx.accessLog()).at(-1)).toMatchObject({ status: '503', method: 'GET', path: '/some/page' });
    const call = await nginx.call('/consumer', ...JSON_BODY, '-d', '{}');
    expect(call).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5', 'content-type': 'application/problem+json' },
    });
    expect(JSON.parse(call.body)).toMatchObject({
      status: 503,
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
  });

  it('does the same for a running relay while the maintenance file is there', async () => {
    await using relay = await startServer({ MEDIA_WORKERS: '1' });
    await using nginx = await Nginx.start({ APP_PORT: new URL(relay.url).port });
    const file = nginx.machine.path('var/lib/azaan/maintenance');
    await writeFile(file, '');
    expect(await nginx.call('/', ...BROWSER)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await rm(file);
    expect((await nginx.call('/')).status).toBe(200);
  });

  it('waits ten seconds for a caller that says nothing', async () => {
    await using nginx = await Nginx.start();
    const ports = [nginx.httpPort, nginx.httpsPort].map(Number);
    await Promise.all(
      ports.map(async (port) => {
        const socket = connect(port, '127.0.0.1').resume();
        socket.write(port === Number(nginx.httpPort) ? 'GET / HTTP/1.1\r\nHost: ' : Buffer.from([22, 3, 1]));
        // A reset is a way to close it.
        socket.on('error', () => {});
        await expect.poll(() => socket.closed, { timeout: 20_000 }).toBe(true);
      }),
    );
  });
});

describe('TURN over TLS on the port of HTTPS', () => {
  it('hands calls for the TURN name to coturn as they came, without a PROXY header', async () => {
    await using nginx = await Nginx.start();
    const tls = (file: string) => readFile(nginx.machine.path('etc/azaan/tls', file));
    const cert = await tls('fullchain.pem');
    const coturn = createTlsServer({ cert, key: await tls('privkey.pem') }, (socket) => socket.pipe(socket));
    coturn.listen(Number(nginx.turnTlsPort), '127.0.0.1');
    await once(coturn, 'listening');
    try {
      const client = connectTls({
        host: '127.0.0.1',
        port: Number(nginx.httpsPort),
        servername: TURN_DOMAIN,
        ca: cert,
      });
      await once(client, 'secureConnect');
      client.write('binding request');
      const [echo] = (await once(client, 'data')) as [Buffer];
      expect(echo.toString()).toBe('binding request');
      client.destroy();
    } finally {
      await new Promise((resolve) => coturn.close(resolve));
    }
  });
});

describe('the templates of nginx', () => {
  it('use no directive but those that nginx 1.18 of Ubuntu 22.04 was seen to take', async () => {
    const known = (await readFile(join(import.meta.dirname, '../support/nginx-1.18.txt'), 'utf8')).split(/\s+/);
    const folder = join(INFRA, 'parts/nginx/files/etc/nginx');
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    const used = texts.flatMap((text) => [...text.matchAll(/^\s*([a-z][\w]*)(?=[\s;])/gm)].map(([, word]) => word!));
    expect(new Set(used).size).toBeGreaterThan(50);
    expect([...new Set(used)].filter((directive) => !known.includes(directive))).toEqual([]);
  });
});
