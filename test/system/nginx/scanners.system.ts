import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Coturn } from '../support/coturn.js';
import { SERVER_IP } from '../support/network.js';
import { DOMAIN, TURN_DOMAIN } from '../support/nginx.js';

const APP = `require('node:http').createServer((_, answer) => answer.end('the relay')).listen(3000, '127.0.0.1')`;
const SLOW_CONNECTIONS = 400;

let server: Coturn;

/** nginx, coturn behind it, and something in the place of the relay, on the ports that they have. */
beforeAll(async () => {
  server = await Coturn.start({ PUBLIC_IP: SERVER_IP });
  await server.run([process.execPath, '-e', APP], 'tcp:3000');
  await server.runNginx();
});
afterAll(() => server[Symbol.asyncDispose]());

const fromOutside = (...command: string[]) => server.network.run('client', command);

describe('slowhttptest', () => {
  const call = async () => {
    const ca = server.machine.path('etc/azaan/tls/fullchain.pem');
    return (await fromOutside('curl', '-sS', '--max-time', '5', '--cacert', ca, `https://${DOMAIN}/`)).stdout;
  };
  const attack = (...how: string[]) => {
    const size = ['-c', String(SLOW_CONNECTIONS), '-r', '400', '-l', '26', '-p', '3'];
    return fromOutside('slowhttptest', ...how, ...size);
  };

  it.each([
    ['headers', ['-H', '-i', '3', '-u', `https://${DOMAIN}/consumer`]],
    ['bodies', ['-B', '-i', '12', '-s', '8192', '-u', `https://${DOMAIN}/consumer`]],
    ['headers on port 80', ['-H', '-i', '3', '-u', `http://${DOMAIN}/consumer`]],
  ])('holds nobody else up with slow %s, and is thrown out', async (_, how) => {
    const attacking = attack(...how);
    const over = new AbortController();
    void attacking.finally(() => over.abort());
    while (!over.signal.aborted) {
      expect(await call()).toBe('the relay');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    const report = stripVTControlCharacters((await attacking).stdout);
    // All of them were there at once.
    expect(report).toMatch(new RegExp(`connected: +${SLOW_CONNECTIONS}\\b`));
    expect(report).toContain('Exit status: No open connections left');
    expect(report).not.toMatch(/service available: +NO/);
  });
});

describe('sslscan', () => {
  it.each([DOMAIN, TURN_DOMAIN])('finds at %s nothing but what is strong', async (name) => {
    const { stdout } = await fromOutside('sslscan', '--no-colour', `--sni-name=${name}`, `${name}:443`);
    expect(stdout).toMatch(/^TLSv1\.2 +enabled$/m);
    for (const old of ['SSLv2', 'SSLv3', 'TLSv1\\.0', 'TLSv1\\.1'])
      expect(stdout).toMatch(new RegExp(`^${old} +disabled$`, 'm'));
    const ciphers = [...stdout.matchAll(/^(?:Preferred|Accepted) +TLSv1\.[23] +\d+ bits +(\S+)/gm)].map(
      ([, cipher]) => cipher!,
    );
    expect(ciphers.length).toBeGreaterThanOrEqual(3);
    for (const cipher of ciphers) expect(cipher).toMatch(/^(TLS_|ECDHE-).*(GCM|CHACHA20)/);
    expect(stdout).toContain('Session renegotiation not supported');
    expect(stdout).not.toMatch(/(?<!not )vulnerable to heartbleed|Compression enabled/);
  });
});
