import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../support/browser.js';
import { Daemon } from '../../support/daemon.js';
import { TEST_JWT_KEYS } from '../../support/tokens.js';
import { freePorts } from '../../support/loopback.js';
import { INFRA, run, succeed } from '../support/machine.js';
import { DOMAIN, Nginx } from '../support/nginx.js';

const REPOSITORY = resolve(INFRA, '..');
const RELEASE = 'v1.0.0-3-g0123456789ab';
const ASSETS = `/assets/${RELEASE}`;
const GZIP = ['-H', 'Accept-Encoding: gzip'];

const PAGES = readdirSync(join(REPOSITORY, 'public'))
  .filter((file) => file.endsWith('.html'))
  .map((file) => `/${file.replace(/^index\.html$|\.html$/, '')}`);

const resources = new AsyncDisposableStack();
let nginx: Nginx;

const release = (...parts: string[]) => nginx.machine.path('opt/azaan-relay/releases', RELEASE, ...parts);

/** The relay of a release that was made ready, behind nginx. */
beforeAll(async () => {
  const [port = ''] = await freePorts(1);
  nginx = resources.use(await Nginx.start({ APP_PORT: port }));
  await mkdir(release(), { recursive: true });
  for (const part of ['dist', 'public', 'package.json']) {
    await cp(join(REPOSITORY, part), release(part), { recursive: true });
  }
  await symlink(join(REPOSITORY, 'node_modules'), release('node_modules'));
  await succeed(process.execPath, [join(INFRA, 'parts/relay/prepare-assets.mjs'), release(), RELEASE]);
  const env = [
    `PORT=${port}`,
    'NODE_ENV=test',
    'MEDIA_WORKERS=1',
    'MEDIA_UDP_PORT_BASE=0',
    `JWT_KEYS=${TEST_JWT_KEYS}`,
  ];
  const command = ['env', ...env, process.execPath, release('dist/main.js')];
  resources.use(await Daemon.startAnswering(`http://127.0.0.1:${port}/healthz`, command));
});
afterAll(() => resources.disposeAsync());

describe('what a page consists of', () => {
  it('comes compressed as it was when the release was made, and is kept for a year', async () => {
    const script = `${ASSETS}/pages/listener.js`;
    const { status, headers } = await nginx.call(script, ...GZIP, '-o', '/dev/null', '-D', '-');
    const compressed = await readFile(release('public/pages/listener.js.gz'));
    expect({ status, headers }).toMatchObject({
      status: 200,
      headers: {
        'content-encoding': 'gzip',
        // Compressed on the way there would be no length, and no strong ETag.
        'content-length': String(compressed.length),
        etag: expect.stringMatching(/^"[\da-f]+-[\da-f]+"$/) as string,
        'content-type': 'text/javascript',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        vary: 'Accept-Encoding',
      },
    });
    const original = await readFile(join(REPOSITORY, 'public/pages/listener.js'));
    expect(gunzipSync(compressed).equals(original)).toBe(true);
    const plain = await nginx.call(script);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body).toBe(original.toString());
    expect((await nginx.call(script, ...GZIP, '-H', `If-None-Match: ${headers['etag']!}`)).status).toBe(304);
  });

  it('is asked for again each time where its address has no name of a release in it', async () => {
    for (const path of ['/', '/azaan-client.js', '/i18n/en.json', '/pages/listener.js']) {
      const { status, headers } = await nginx.call(path, ...GZIP, '-o', '/dev/null', '-D', '-');
      expect(status, path).toBe(200);
      expect(headers['cache-control'], path).toBe('public, max-age=0');
      expect(headers['content-encoding'], path).toBe('gzip');
      const again = await nginx.call(path, ...GZIP, '-H', `If-None-Match: ${headers['etag']!}`);
      expect(again.status, path).toBe(304);
    }
  });

  it('has the type that it is', async () => {
    const types = {
      'pages/page.css': 'text/css',
      'i18n/en.json': 'application/json',
      'icon.svg': 'image/svg+xml',
      'icon-512.png': 'image/png',
      'pages/silence.flac': 'audio/flac',
    };
    for (const [path, type] of Object.entries(types)) {
      expect((await nginx.call(`${ASSETS}/${path}`, '-I')).headers['content-type'], path).toBe(type);
    }
  });

  it('is nothing but the public files of a release', async () => {
    for (const path of [
      `${ASSETS}/pages/nothing.js`,
      '/assets/v0.9.0/pages/listener.js',
      `${ASSETS}/index.html`,
      `${ASSETS}/pages/listener.js.gz`,
      `${ASSETS}/../../package.json`,
      `${ASSETS}/..%2fpackage.json`,
      `${ASSETS}/%2e%2e/package.json`,
      '/assets/../package.json',
      '/assets/..%2f..%2fetc/app.json',
      `${ASSETS}/pages/`,
    ]) {
      const { status, headers } = await nginx.call(path, '--path-as-is');
      expect([400, 404], path).toContain(status);
      expect(headers['cache-control'] ?? '', path).not.toContain('immutable');
    }
    expect((await nginx.call(`${ASSETS}/pages/nothing.js`)).headers['content-type']).toMatch(/problem\+json/);
  });

  it('is not of the allowance of calls: a neighbourhood may open the page at once', async () => {
    await nginx.renderAgain({ CALLS_PER_SECOND: '1', CALLS_BURST: '1' });
    try {
      const statuses = await Promise.all(
        Array.from({ length: 20 }, async () => (await nginx.call(`${ASSETS}/pages/page.css`, '-I')).status),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
    } finally {
      await nginx.renderAgain({ CALLS_PER_SECOND: '200', CALLS_BURST: '400' });
    }
  });
});

describe('a page of a release', () => {
  it.each(PAGES)('%s works in a browser, with every script and style of its own release', async (path) => {
    const browser = await launchBrowser([`--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1`]);
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      const loaded: { readonly path: string; readonly status: number }[] = [];
      const errors: string[] = [];
      page.on('response', (response) =>
        loaded.push({ path: new URL(response.url()).pathname, status: response.status() }),
      );
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(`https://${DOMAIN}:${nginx.httpsPort}${path}`, { waitUntil: 'networkidle' });
      const parts = loaded.filter((each) => /\.(js|css)$/.test(each.path));
      expect(parts.length).toBeGreaterThan(5);
      for (const part of parts) {
        expect(part.path).toMatch(new RegExp(`^${ASSETS}/`));
        expect(part.status, part.path).toBe(200);
      }
      expect(errors).toEqual([]);
      expect(await page.locator('h1').first().textContent()).not.toBe('');
    } finally {
      await browser.close();
    }
  });
});

describe('making a release ready', () => {
  it('changes nothing the second time, and refuses names that are none', async () => {
    const files = async () =>
      succeed('sh', ['-c', 'cd "$1" && find . -type f -exec sha256sum {} + | sort', 'sh', release('public')]);
    const before = await files();
    await succeed(process.execPath, [join(INFRA, 'parts/relay/prepare-assets.mjs'), release(), RELEASE]);
    expect(await files()).toBe(before);
    for (const name of ['', '..', 'a/b', 'a b']) {
      expect(
        (await run(process.execPath, [join(INFRA, 'parts/relay/prepare-assets.mjs'), release(), name])).code,
        name,
      ).toBe(2);
    }
  });
});
