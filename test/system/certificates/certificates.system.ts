import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Coturn } from '../support/coturn.js';
import { INFRA, succeed } from '../support/machine.js';
import { Pebble } from '../support/pebble.js';
import { SERVER_IP } from '../support/network.js';
import { DOMAIN, TURN_DOMAIN } from '../support/nginx.js';

/** nginx starts new workers, coturn reads files again. */
const PATIENT = { timeout: 10_000 };

let coturn: Coturn;
let pebble: Pebble;

/** Runs something on the server, as its operator would. */
const onServer = async (...command: string[]) => {
  const { code, stdout, stderr } = await coturn.network.run('server', command, {
    AZAAN_ANSWERS: coturn.machine.answersFile,
    REQUESTS_CA_BUNDLE: pebble.authorityFile,
  });
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
  return stdout + stderr;
};
const certificates = (script: string) => onServer(join(INFRA, 'parts/certificates', script));

/** Issuer and serial number of what a caller from outside is shown. */
async function shown(name: string, port: number): Promise<{ readonly issuer: string; readonly serial: string }> {
  const call = `openssl s_client -connect ${SERVER_IP}:${port} -servername ${name} </dev/null`;
  const { stdout } = await coturn.network.run('client', ['timeout', '5', 'sh', '-c', call]);
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(stdout)?.[0] ?? 'none shown';
  const text = await succeed('sh', ['-c', 'printf "%s" "$1" | openssl x509 -noout -issuer -serial', 'sh', pem]);
  return { issuer: /issuer=(.*)/.exec(text)![1]!, serial: /serial=(.*)/.exec(text)![1]! };
}

beforeAll(async () => {
  coturn = await Coturn.start();
  const { machine } = coturn;
  for (const folder of ['tls', 'turn-tls']) await rm(machine.path('etc/azaan', folder), { recursive: true });
  pebble = await Pebble.start({ folder: machine.root, run: (command, port) => coturn.run(command, port) });
  await machine.render({ ACME_DIRECTORY: Pebble.directories[0] });
  await mkdir(machine.path('var/lib/letsencrypt'), { recursive: true });
});
afterAll(() => coturn[Symbol.asyncDispose]());

describe('the certificates', () => {
  it('are all there after an interruption anywhere in the handing out, once it is begun again', async () => {
    const { machine } = coturn;
    const folders = ['tls', 'turn-tls'].map((name) => machine.path('etc/azaan', name));
    const files = folders.flatMap((folder) => ['privkey.pem', 'fullchain.pem'].map((name) => join(folder, name)));
    const drop = () => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    const programs = machine.path('interrupting');
    await mkdir(programs);
    for (const done of files.keys()) {
      await drop();
      const mv = `if [ "$(ls ${files.join(' ')} | wc -l)" = ${done} ]; then kill -KILL $PPID; else exec /bin/mv "$@"; fi`;
      await writeFile(join(programs, 'mv'), `#!/bin/sh\n${mv}\n`, { mode: 0o755 });
      const path = `PATH=${programs}:${process.env['PATH']!}`;
      await expect(onServer('env', path, join(INFRA, 'parts/certificates/placeholder'))).rejects.toThrow();
      expect(await certificates('placeholder')).toContain('placed');
      for (const file of files) expect((await stat(file)).size, file).toBeGreaterThan(0);
    }
    await drop();
  });

  it('begin with a placeholder, so that nginx starts, and leave what is there alone', async () => {
    const { machine } = coturn;
    expect(await certificates('placeholder')).toContain('placed');
    const before = await readFile(machine.path('etc/azaan/tls/fullchain.pem'), 'utf8');
    expect(await certificates('placeholder')).toBe('');
    expect(await readFile(machine.path('etc/azaan/tls/fullchain.pem'), 'utf8')).toBe(before);
    await coturn.runNginx();
    expect((await shown(DOMAIN, 443)).issuer).toContain(DOMAIN);
  });

  it('come from the authority for both names, and reach nginx and coturn while they run', async () => {
    await certificates('obtain');
    await expect.poll(async () => (await shown(DOMAIN, 443)).issuer, PATIENT).toContain('Pebble');
    const { serial } = await shown(DOMAIN, 443);
    // coturn's own port, and the one that callers use.
    await expect.poll(async () => (await shown(TURN_DOMAIN, 5349)).serial, PATIENT).toBe(serial);
    expect((await shown(TURN_DOMAIN, 443)).serial).toBe(serial);
    const certificate = coturn.machine.path('etc/azaan/tls/fullchain.pem');
    const names = ['x509', '-noout', '-ext', 'subjectAltName', '-in', certificate];
    expect(await succeed('openssl', names)).toContain(`DNS:${DOMAIN}, DNS:${TURN_DOMAIN}`);
  });

  it('have keys that nobody else can read', async () => {
    const { uid } = await stat(coturn.machine.path('etc/azaan/turn-tls/privkey.pem'));
    expect(String(uid)).toBe((await succeed('id', ['-u', 'turnserver'])).trim());
    for (const folder of ['tls', 'turn-tls']) {
      expect((await stat(coturn.machine.path('etc/azaan', folder, 'privkey.pem'))).mode & 0o777, folder).toBe(0o400);
    }
  });

  it('are kept until they are due', async () => {
    const { serial } = await shown(DOMAIN, 443);
    expect(await certificates('obtain')).toContain('not yet due for renewal');
    expect((await shown(DOMAIN, 443)).serial).toBe(serial);
  });

  it('renew as the timer does it, and the hooks hand them out', async () => {
    const { serial } = await shown(DOMAIN, 443);
    const config = ['--config', coturn.machine.path('etc/letsencrypt/cli.ini')];
    await onServer('certbot', 'renew', ...config, '--force-renewal', '--no-random-sleep-on-renew');
    await expect.poll(async () => (await shown(DOMAIN, 443)).serial, PATIENT).not.toBe(serial);
    const renewed = await shown(DOMAIN, 443);
    await expect.poll(async () => (await shown(TURN_DOMAIN, 5349)).serial, PATIENT).toBe(renewed.serial);
  });

  it('are replaced at once when the authority changes, as from staging to production', async () => {
    const { serial } = await shown(DOMAIN, 443);
    await coturn.machine.render({ ACME_DIRECTORY: Pebble.directories[1] });
    await certificates('obtain');
    await expect.poll(async () => (await shown(DOMAIN, 443)).serial, PATIENT).not.toBe(serial);
    expect(await certificates('obtain')).toContain('not yet due for renewal');
  });
});
