import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Coturn, credentialOf, MEDIA_PORT, PUBLIC_IP, SECRET, type Credential } from '../support/coturn.js';
import { INFRA, run, succeed } from '../support/machine.js';
import { SERVER_IP } from '../support/network.js';
import { TURN_DOMAIN } from '../support/nginx.js';
import { RotatingRelay } from '../support/rotating-relay.js';

const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;

/** One of the first, the last and one between, of every range that must never be reached through TURN. */
const INTERNAL_V4 = [
  ...['0.0.0.1', '0.255.255.255', '10.0.0.0', '10.44.0.3', '10.255.255.255', '100.64.0.1', '100.127.255.255'],
  ...['127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1'],
  ...['192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.7'],
  ...['224.0.0.1', '240.0.0.1', '255.255.255.255'],
];
const SOMEWHERE_V4 = ['8.8.8.8', '93.184.216.34'];
const INTERNAL_V6 = [
  ...['::1', '::', '64:ff9b::7f00:1', '100::1', '2001::1', '2002:7f00:1::', 'fc00::1', 'fdff::1', 'fe80::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', `::ffff:${SERVER_IP}`],
];
const SOMEWHERE_V6 = ['2606:4700:4700::1111'];
const [FORBIDDEN, UNSUPPORTED_TRANSPORT] = [403, 442];
/** As IANA numbers them. */
const [TCP, UDP] = [6, 17];
const [IPV4_FAMILY, IPV6_FAMILY] = [1, 2];
const SERVER_IPV6 = 'fd44::2';
const BESIDE = { host: SERVER_IP, port: 3_490, transport: 'udp' };

type Answers = Record<'permission' | 'channel', Record<string, number>>;

interface Beside extends AsyncDisposable {
  readonly server: typeof BESIDE;
}

let coturn: Coturn;

/** A second one, on whose allocations nobody else counts. */
async function startBeside(change: (text: string) => string = (text) => text): Promise<Beside> {
  const { machine } = coturn;
  const file = machine.path('etc/turnserver-beside.conf');
  const text = await readFile(machine.path('etc/turnserver.conf'), 'utf8');
  const apart = text
    .replace(/^listening-port=.*$/m, `listening-port=${BESIDE.port}`)
    .replace(/^tls-listening-port=.*$/m, 'no-tls')
    .replace(/^(?:log-file|pidfile)=.*$/gm, '$&-beside');
  await writeFile(file, change(apart));
  await succeed('chown', ['turnserver:turnserver', file]);
  const daemon = await coturn.run(['turnserver', '-c', file], `udp:${BESIDE.port}`);
  return { server: BESIDE, [Symbol.asyncDispose]: () => daemon.stop() };
}

/** With IPv6, and without the last line of the deny list, which would refuse the whole of IPv4. */
async function startLenient(): Promise<Beside> {
  await run('ip', coturn.network.inside('server', 'address', 'add', `${SERVER_IPV6}/64`, 'dev', 'cable', 'nodad'));
  return startBeside((text) => {
    const lenient = text.replace('denied-peer-ip=1.0.0.0-255.255.255.255\n', '');
    expect(lenient).not.toBe(text);
    return lenient.replace(/^relay-ip=.*$/m, `$&\nrelay-ip=${SERVER_IPV6}`);
  });
}

beforeAll(async () => {
  coturn = await Coturn.start();
  await coturn.runMedia();
});
afterAll(() => coturn[Symbol.asyncDispose]());

describe('coturn with the rendered configuration', () => {
  it('understands every line of it', async () => {
    const log = await readFile(coturn.machine.path('var/log/turnserver/turn.log'), 'utf8');
    expect(log).toContain('Listener');
    expect(log + coturn.output).not.toMatch(/bad configuration|unrecognized|unknown option|cannot find|CRITICAL/i);
  });

  it('says nothing that coturn 4.5.2 of Ubuntu 22.04 does not know, but for what it passes over', async () => {
    const known = await readFile(join(import.meta.dirname, '../support/coturn-4.5.2.txt'), 'utf8');
    const text = await readFile(coturn.machine.path('etc/turnserver.conf'), 'utf8');
    const used = [...text.matchAll(/^([^#\s=]+)/gm)].map(([, option]) => option!);
    expect(used.length).toBeGreaterThan(40);
    const unknown = used.filter((option) => !known.split(/\s+/).includes(option));
    expect(unknown).toEqual(['no-stun-backward-compatibility']);
  });

  it('listens on its own two ports and on none beside them', async () => {
    const { stdout } = await coturn.network.run('server', ['ss', '-Hlntup']);
    const sockets = stdout.split('\n').filter((line) => line.includes('"turnserver"'));
    const seen = sockets.map((line) => line.split(/\s+/)).map(([netid, , , , local]) => `${netid!} ${local!}`);
    expect([...new Set(seen)].sort()).toEqual([
      `tcp ${SERVER_IP}:3478`,
      `tcp ${SERVER_IP}:5349`,
      `udp ${SERVER_IP}:3478`,
    ]);
  });

  it.each([
    ['UDP', []],
    ['TCP', ['-t']],
  ])('relays to the media port over %s', async (_, how) => {
    const { sent, back } = await coturn.relayed(credentialOf(SECRET, inAnHour()), ...how);
    expect(sent).toBeGreaterThan(0);
    expect(back).toBe(sent);
  });

  it('relays to the media port over TLS, on its own port and by its name on 443', async () => {
    const nginx = await coturn.runNginx();
    for (const port of [5_349, 443]) {
      const server = { host: TURN_DOMAIN, port, transport: 'tls' };
      const question = { server, credential: credentialOf(SECRET, inAnHour()), peer: SERVER_IP, port: MEDIA_PORT };
      expect(await coturn.probe('turn-echo.mjs', question), `port ${port}`).toBe('an echo through TURN');
    }
    await nginx.stop();
  });

  it('lets no client have more than its share of the line', async () => {
    // 1000 bytes every 2 ms are 500 kB/s, thirty times the share.
    const { sent, back } = await coturn.relayed(credentialOf(SECRET, inAnHour()), '-n', '500', '-l', '1000', '-z', '2');
    expect(back).toBeGreaterThan(0);
    expect(back).toBeLessThan(sent / 4);
  });

  it('relays nothing for credentials that are forged or have expired', async () => {
    const past = Math.floor(Date.now() / 1_000) - 5;
    for (const credential of [credentialOf('another secret', inAnHour()), credentialOf(SECRET, past)]) {
      expect(await coturn.relayed(credential)).toEqual({ sent: 0, back: 0 });
    }
  });

  it('has its refusals counted for Prometheus', async () => {
    const folder = coturn.machine.path('textfile');
    await mkdir(folder, { recursive: true });
    const counted = async () => {
      const script = join(INFRA, 'parts/turn/failure-metrics');
      await succeed(script, [], { AZAAN_ANSWERS: coturn.machine.answersFile, TEXTFILE_DIRECTORY: folder });
      const text = await readFile(join(folder, 'turn.prom'), 'utf8');
      return Number(/^azaan_turn_auth_failures_total (\d+)$/m.exec(text)![1]);
    };
    const before = await counted();
    await coturn.relayed(credentialOf(SECRET, inAnHour()));
    expect(await counted()).toBe(before);
    await coturn.relayed(credentialOf('another secret', inAnHour()));
    await expect.poll(counted, { timeout: 5_000 }).toBeGreaterThan(before);
  });

  it('gives a way to this machine and to no other address', async () => {
    const peers = [...INTERNAL_V4, ...SOMEWHERE_V4, SERVER_IP, PUBLIC_IP];
    const credential = credentialOf(SECRET, inAnHour());
    const { permission, channel } = await coturn.probe<Answers>('turn-probe.mjs', {
      credential,
      peers,
      port: MEDIA_PORT,
    });
    for (const answers of [permission, channel]) {
      for (const peer of [...INTERNAL_V4, ...SOMEWHERE_V4]) expect(answers[peer], peer).toBe(FORBIDDEN);
      expect(answers[SERVER_IP]).toBe(0);
    }
    // The same peer to coturn, and a peer has one channel at most.
    expect(permission[PUBLIC_IP]).toBe(0);
  });

  it.each([
    ['IPv4', IPV4_FAMILY, INTERNAL_V4, SOMEWHERE_V4],
    ['IPv6, and mapped into it', IPV6_FAMILY, INTERNAL_V6, SOMEWHERE_V6],
  ])('refuses every internal range by a line of its own, of %s', async (_, family, internal, somewhere) => {
    await using lenient = await startLenient();
    const credential = credentialOf(SECRET, inAnHour());
    const question = {
      server: lenient.server,
      credential,
      allocation: [UDP, family],
      peers: [...internal, ...somewhere],
      port: 80,
    };
    const { permission, channel } = await coturn.probe<Answers>('turn-probe.mjs', question);
    for (const answers of [permission, channel]) {
      for (const peer of internal) expect(answers[peer], peer).toBe(FORBIDDEN);
      for (const peer of somewhere) expect(answers[peer], peer).toBe(0);
    }
  });

  it('makes no TCP connections to anybody', async () => {
    const server = { host: SERVER_IP, port: 3_478, transport: 'tcp' };
    const question = { server, credential: credentialOf(SECRET, inAnHour()), allocation: [TCP] };
    expect(await coturn.probe('turn-probe.mjs', question)).toEqual({ refusal: UNSUPPORTED_TRANSPORT });
  });

  it('gives one client 48 allocations and no more', async () => {
    const question = { credentials: [credentialOf(SECRET, inAnHour(), 'greedy')], each: 60 };
    expect(await coturn.probe('turn-quota.mjs', question)).toEqual({ allocated: 48, refusal: 486 });
  });

  it('gives all clients together 1200, and does not run out of bytes before', async () => {
    const credentials = Array.from({ length: 26 }, (_, index) => credentialOf(SECRET, inAnHour(), `client${index}`));
    await using beside = await startBeside();
    const question = { server: beside.server, credentials, each: 48 };
    expect(await coturn.probe('turn-quota.mjs', question)).toEqual({ allocated: 1_200, refusal: 486 });
  });
});

describe('the connectivity check', () => {
  const check = (file: string) =>
    coturn.network.run(
      'client',
      [process.execPath, join(INFRA, 'parts/turn/check.mjs'), '--ice-servers', file, '--timeout', '2'],
      {
        NODE_EXTRA_CA_CERTS: coturn.machine.path('etc/azaan/turn-tls/fullchain.pem'),
      },
    );

  it('shows every way of the rendered TURN_URLS as open, 443 by name included, and fails when one is closed', async () => {
    const { machine } = coturn;
    const urls = /^TURN_URLS=(.*)$/m.exec(await readFile(machine.path('etc/azaan/relay.env'), 'utf8'))![1]!.split(',');
    const file = machine.path('ice-servers.json');
    await writeFile(file, JSON.stringify({ iceServers: [{ urls, ...credentialOf(SECRET, inAnHour()) }] }));
    const nginx = await coturn.runNginx();

    const open = await check(file);
    expect(open.stdout.match(/✓/g), open.stdout + open.stderr).toHaveLength(3);
    expect(open.stdout).toMatch(new RegExp(`✓  turns:turn\\.example\\.org:443\\?transport=tcp +${PUBLIC_IP}:\\d+`));
    expect(open.code).toBe(0);

    await nginx.stop();
    const closed = await check(file);
    expect(closed.stdout).toMatch(/✗ {2}turns:turn\.example\.org:443\?transport=tcp .*ECONNREFUSED/);
    expect(closed.stdout.match(/✓/g)).toHaveLength(2);
    expect(closed.code).toBe(1);
  });
});

describe('the rotation of the TURN secret', () => {
  let relay: RotatingRelay;

  beforeAll(async () => {
    relay = await RotatingRelay.start(coturn.machine);
  });
  afterAll(() => relay[Symbol.asyncDispose]());

  const secrets = (command: string, env: Readonly<Record<string, string>> = {}) =>
    run(join(INFRA, 'parts/turn/secrets'), [command], {
      AZAAN_ANSWERS: coturn.machine.answersFile,
      RELOAD_RELAY: `kill -HUP ${relay.pid}`,
      NODE: process.execPath,
      ...env,
    });
  const minted = async (): Promise<Credential> => {
    const answer = await request(relay.url).get('/ice-servers').expect(200);
    return (answer.body as { readonly iceServers: readonly [Credential] }).iceServers[0];
  };
  const isRelayed = async (credential: Credential) => {
    const { sent, back } = await coturn.relayed(credential);
    return sent > 0 && back === sent;
  };

  it('keeps both secrets valid until the last credential of the old one has expired, without a restart', async () => {
    const old = await minted();
    expect(await isRelayed(old)).toBe(true);

    expect(await secrets('rotate')).toMatchObject({ code: 0, stderr: '' });
    const young = await minted();
    expect(young.username).not.toBe(old.username);
    expect([await isRelayed(old), await isRelayed(young)]).toEqual([true, true]);

    expect(await secrets('rotate')).toMatchObject({
      code: 1,
      stderr: 'secrets: a rotation is under way: run finish first\n',
    });
    const early = await secrets('finish');
    expect(early.code).toBe(1);
    expect(early.stderr).toMatch(/valid for another \d+ seconds/);

    const longAgo = Date.now() / 1_000 - 4_000;
    await utimes(coturn.machine.path('var/lib/azaan/turn-rotated'), longAgo, longAgo);
    expect(await secrets('finish')).toMatchObject({ code: 0, stderr: '' });
    expect([await isRelayed(old), await isRelayed(await minted())]).toEqual([false, true]);
    expect((await secrets('finish')).stderr).toBe('secrets: no rotation is under way\n');
  });

  it('says so when the relay did not take the new secret, and keeps the old one valid', async () => {
    const failed = await secrets('rotate', { RELOAD_RELAY: 'true', RELAY_TIMEOUT_SECONDS: '1' });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('the relay did not say that it took them');
    expect(await isRelayed(await minted())).toBe(true);
    expect((await secrets('finish')).stderr).toMatch(/valid for another \d+ seconds/);
  });
});
