import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { expectProblem } from '../support/calls.js';
import { serverForAll } from '../support/server.js';

const ORIGIN = 'https://app.example.org';
const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
const POST = 'POST /consumer HTTP/1.1\r\nHost: x\r\n';
/** A test that hangs for want of a timeout should say so before the runner does. */
const PATIENCE_MS = 10_000;

interface Cut {
  /** Everything that the server sent before it closed the connection. */
  readonly text: string;
  readonly seconds: number;
}

describe('HTTP, hardened', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    CORS_ORIGINS: ORIGIN,
    HTTP_HEADERS_TIMEOUT_MS: '600',
    HTTP_REQUEST_TIMEOUT_MS: '1200',
  });
  const http = () => request(server.url);

  /** Sends `first`, then a byte of `rest` every 100 ms, until the server closes the connection. */
  async function dawdle(first: string, rest: string): Promise<Cut> {
    const startedAt = performance.now();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    // The server may close while a byte is on its way; `once()` of node:events would take that for the end.
    socket.on('error', () => undefined);
    socket.write(first);
    const bytes = setInterval(() => {
      const [byte] = rest;
      if (byte !== undefined && socket.writable) socket.write(byte);
    }, 100);
    try {
      await closed;
    } finally {
      clearInterval(bytes);
      clearTimeout(patience);
      socket.destroy();
    }
    return { text, seconds: (performance.now() - startedAt) / 1_000 };
  }

  function expectCut({ text }: Cut, status: number, code: string): void {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/^Content-Type: application\/problem\+json/m);
    expect(head).toMatch(/^Connection: close$/m);
    expect(JSON.parse(body)).toMatchObject({ status, code, requestId: expect.any(String) as string });
  }

  describe('slow and broken callers', () => {
    it('cuts off a call whose headers do not arrive', async () => {
      const cut = await dawdle(`${GET}X-Slow: `, 'a');
      expectCut(cut, 408, 'request_timeout');
      expect(cut.seconds).toBeLessThan(4);
    });

    it('cuts off a call whose body does not arrive', async () => {
      const cut = await dawdle(`${POST}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`, ' ');
      expectCut(cut, 408, 'request_timeout');
      expect(cut.seconds).toBeLessThan(5);
    });

    it('cuts off a connection on which nothing is said', async () => {
      const cut = await dawdle('', '');
      expect(cut.seconds).toBeLessThan(4);
    });

    it.each([
      ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400, 'malformed_request'],
      // A proxy might read it another way.
      ['two body lengths', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`, 400, 'malformed_request'],
      ['headers beyond 16 kB', `${GET}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ])('answers %s with a problem, and closes', async (_, sent, status, code) => {
      expectCut(await dawdle(sent, ''), status, code);
    });

    it('serves everybody else meanwhile', async () => {
      const slow = Array.from({ length: 200 }, () => dawdle('GET / HTTP/1.1\r\nX-Slow: ', 'a'));
      await sleep(200);
      await http().get('/healthz').expect(200);
      await Promise.all(slow);
    });
  });

  describe('framework errors', () => {
    it.each([
      ['an unknown address', () => http().get('/nowhere'), 404, 'not_found'],
      ['an unknown method', () => http().put('/consumer').send({}), 404, 'not_found'],
      ['an address that cannot be decoded', () => http().get('/%E0%A4%A'), 400, 'malformed_request'],
      ['a page outside of the pages', () => http().get('/..%2f..%2fpackage.json'), 404, 'not_found'],
    ] as const)('answer %s with a problem', async (_, call, status, code) => {
      expectProblem(await call(), status, code);
    });

    it('refuses a body that is small only while it is compressed', async () => {
      const { gzipSync } = await import('node:zlib');
      const bomb = gzipSync(JSON.stringify({ connectionID: 'm', sdp: 'a'.repeat(5_000_000) }));
      const answer = await http()
        .post('/consumer')
        .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
        .serialize((body: unknown) => body as string)
        .send(bomb);
      expect(answer.status).toBe(413);
    });
  });

  describe('headers', () => {
    it.each(['/', '/broadcaster', '/healthz', '/broadcast', '/azaan-client.js', '/nowhere'])(
      'let nothing foreign run on %s',
      async (path) => {
        const { headers } = await http().get(path);
        const sources = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"];
        expect(headers['content-security-policy']!.split(';')).toEqual(expect.arrayContaining(sources));
        expect(headers['content-security-policy']).not.toContain('unsafe');
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        });
        expect(headers['permissions-policy']).toMatch(/microphone=\(self\).*camera=\(\)/);
      },
    );

    it('leave HSTS to the proxy, and do not tell what answers', async () => {
      const { headers } = await http().get('/');
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['server']).toBeUndefined();
    });

    it('allow the API documentation its inline styles, and no inline script', async () => {
      const policy = (await http().get('/docs').expect(200)).headers['content-security-policy']!.split(';');
      expect(policy).toContain("style-src 'self' 'unsafe-inline'");
      expect(policy).toContain("script-src 'self'");
    });
  });

  describe('CORS', () => {
    const preflight = (origin: string, method: string, headers: string) =>
      http()
        .options('/consumer')
        .set({ Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers });

    it('answers the preflight of a listed origin', async () => {
      const { headers, status } = await preflight(ORIGIN, 'POST', 'content-type,authorization');
      expect(status).toBe(204);
      expect(headers).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'Content-Type,Authorization,X-Request-Id',
        'access-control-max-age': '600',
      });
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect(headers['vary']).toContain('Origin');
    });

    it.each(['https://evil.example.com', 'http://app.example.org', 'https://app.example.org.evil.com', 'null'])(
      'gives nothing to %s',
      async (origin) => {
        const { headers } = await preflight(origin, 'POST', 'content-type');
        expect(headers['access-control-allow-origin']).toBeUndefined();
      },
    );

    it('lets a listed origin read answers, refusals and when to come back', async () => {
      for (const answer of [
        await http().get('/broadcast').set('Origin', ORIGIN),
        await http().post('/consumer').set('Origin', ORIGIN).send({}),
      ]) {
        expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN);
        expect(answer.headers['access-control-expose-headers']).toBe('X-Request-Id,Retry-After');
      }
    });
  });
});
