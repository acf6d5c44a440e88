import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GoLiveServer, type Report } from './support/go-live-server.js';
import { UNIT } from './support/good-server.js';
import { selfSign } from './support/nginx.js';

/** Makes a server bad; what it returns makes good what `mend` does not. */
type Spoil = (server: GoLiveServer) => Promise<unknown>;
type Undo = () => Promise<unknown>;
/** A check, what it sees then, and how it comes about. */
type Fault = readonly [check: string, seen: RegExp, spoil: Spoil];

const ANSWERS = 'etc/azaan/azaan.env';
const RELEASE = 'opt/azaan-relay/releases/r1';
const METRICS = 'var/lib/prometheus/node-exporter';
const DAY_SECONDS = 86_400;

const file =
  (path: string, change: (text: string) => string | undefined): Spoil =>
  (server) =>
    server.spoil(path, change);
const replaced = (path: string, from: string | RegExp, to: string): Spoil =>
  file(path, (text) => text.replace(from, () => to));
const gone = (path: string): Spoil => file(path, () => undefined);
const written = (path: string, text: string): Spoil => file(path, () => text);
const answer = (name: string, value: string): Spoil =>
  replaced(ANSWERS, new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`);
/** As `systemctl show` has it, but for this. */
const unit = (name: string, from: string, to: string): Spoil =>
  written(
    `fake/units/${name}`,
    UNIT.replace(from, () => to),
  );
const all =
  (...spoils: Spoil[]): Spoil =>
  async (server) => {
    let undo: unknown;
    for (const spoil of spoils) undo = (await spoil(server)) ?? undo;
    return undo;
  };

/** A secret that was changed so long ago, as the calendar tells. */
const aged =
  (secret: string, days: number): Spoil =>
  async (server) => {
    const change = async (daysAgo: number) => {
      await server.touch(`var/lib/azaan/${secret}-rotated`, daysAgo);
      await server.keepCalendar();
    };
    await change(days);
    return () => change(0);
  };

/** nginx serves what was changed, and what it was afterwards. */
const nginx =
  (spoil: Spoil): Spoil =>
  async (server) => {
    await spoil(server);
    await server.reloadNginx();
    return () => server.reloadNginx();
  };
const nginxFile = (name: string, from: string | RegExp, to: string): Spoil =>
  nginx(replaced(`etc/nginx/${name}`, from, to));

const older =
  (path: string, days: number): Spoil =>
  async (server) => {
    await server.touch(path, days);
    return () => server.touch(path, 0);
  };
const mode =
  (path: string, wide: number, right: number): Spoil =>
  async (server) => {
    await chmod(server.path(path), wide);
    return () => chmod(server.path(path), right);
  };
/** Something listens on all addresses. */
const open =
  (port: string): Spoil =>
  async (server) => {
    const daemon = await server.listen(
      [process.execPath, join(import.meta.dirname, 'support/ports-open.mjs'), port],
      port,
    );
    return () => daemon.stop();
  };

/** A coturn that lets everyone in, and relays to everywhere. */
const openTurn: Spoil = async (server) => {
  await answer('TURN_PORT', '3490')(server);
  const command = ['turnserver', '-n', '--no-auth', '--allow-loopback-peers', '--no-cli', '--listening-port=3490'];
  const daemon = await server.listen([...command, '--listening-ip=10.44.0.2', '--relay-ip=10.44.0.2'], 'udp:3490');
  return () => daemon.stop();
};

const servedCertificate = (make: (certificate: string, key: string, server: GoLiveServer) => Promise<void>): Spoil =>
  nginx(async (server) => {
    const paths = ['fullchain.pem', 'privkey.pem'].map((name) => `etc/azaan/tls/${name}`);
    // Remembered, and then written by openssl.
    for (const path of paths) await server.spoil(path, (text) => `${text}\n`);
    const [certificate = '', key = ''] = paths.map((path) => server.path(path));
    await make(certificate, key, server);
  });

/** Of the same authority, begun 89 days ago and valid until tomorrow. */
async function nearlyExpired(certificate: string, key: string, server: GoLiveServer): Promise<void> {
  const folder = server.path('old-ca');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index'), '');
  await writeFile(join(folder, 'serial'), '01\n');
  const config = `[ca]
default_ca=a
[a]
database=${folder}/index
serial=${folder}/serial
new_certs_dir=${folder}
default_md=sha256
policy=p
[p]
commonName=supplied
`;
  await writeFile(join(folder, 'config'), config);
  const request = join(folder, 'request');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl('req', '-new', '-key', key, '-subj', '/CN=azaan.example.org', '-out', request);
  const time = (daysFromNow: number) => `${timeOf(-daysFromNow).replace(/\D/g, '')}Z`;
  const authority = ['-cert', server.path('ca.pem'), '-keyfile', server.path('ca-key.pem')];
  openssl(
    ...['ca', '-batch', '-notext', '-config', join(folder, 'config'), ...authority],
    ...['-startdate', time(-89), '-enddate', time(1), '-in', request, '-out', certificate],
  );
}

const firewall =
  (spoil: readonly string[], undo: readonly string[]): Spoil =>
  async (server) => {
    await server.on('ufw', ...spoil);
    return () => server.on('ufw', ...undo);
  };

const sshd = (line: string): Spoil => written('etc/ssh/sshd_config.d/00-a.conf', `${line}\n`);
const vulnerability = {
  auditReportVersion: 2,
  vulnerabilities: { x: { via: [{ name: 'x', severity: 'high', title: 'bad', url: 'https://example.org/GHSA-1' }] } },
};
/** nginx takes whatever a caller offers. */
const anyCipher = replaced('etc/nginx/azaan/tls.conf', /ssl_ciphers .*;/, 'ssl_ciphers ALL:@SECLEVEL=0;');
const [TARGETS, RULES] = ['targets', 'rules'].map((name) => `fake/http-9090/api-v1-${name}.json`) as [string, string];
const [ALERTS, STATUS] = ['alerts', 'status'].map((name) => `fake/http-9093/api-v2-${name}.json`) as [string, string];

const FAULTS: readonly Fault[] = [
  ['0-answers', /DOMAIN is missing/, answer('DOMAIN', '')],
  [
    '0-files',
    /^would: nginx with its files$/,
    written('fake/init.sh', '[9/16] nginx: …\n  would: nginx with its files\n'),
  ],
  [
    '0-files',
    /^✗ ubuntu 20\.04: made for/,
    written('fake/bin/init.sh', '#!/bin/sh\necho "  ✗ ubuntu 20.04: made for others"\nexit 1\n'),
  ],
  ['0-clock', /^nobody corrects it$/, written('fake/timedatectl', 'no\n')],
  ['1.1-processors', /^1 vCPU, wanted: 4/, written('proc/cpuinfo', 'processor : 0\n')],
  ['1.1-size', /^4\.\d GB RAM, wanted: 7\.4$/, replaced('proc/meminfo', '8131568', '4131568')],
  ['1.1-size', /^60\.0 GB disk, wanted: 105$/, written('fake/df', 'size avail\n60000000000 50000000000\n')],
  ['1.1-headroom', /^CPU 9\d %, wanted: below 60 %$/, written('proc/stat', 'cpu  9000 0 500 500 0 0 50 0 0 0\n')],
  ['1.1-headroom', /^memory 88 %/, replaced('proc/meminfo', '6500000', '1000000')],
  ['1.1-headroom', /^disk 80 %/, written('fake/df', 'size avail\n126000000000 25200000000\n')],
  ['1.2-names', /azaan\.example\.org is 192\.0\.2\.1/, replaced('fake/dns.json', '"9.9.0.10"', '"192.0.2.1"')],
  [
    '1.2-names',
    /turn\.example\.org is unknown/,
    replaced('fake/dns.json', '"turn.example.org"', '"other.example.org"'),
  ],
  ['1.2-names', /has AAAA/, replaced('fake/dns.json', '"ttl"', `"aaaa":["2001:0db8${':0000'.repeat(5)}:0001"],"ttl"`)],
  ['1.2-names', /is kept for 3600 s/, all(answer('HSTS', 'off'), replaced('fake/dns.json', '300', '3600'))],
  ['1.3-packages', /missing: fail2ban/, replaced('fake/dpkg-query', 'fail2ban installed', 'fail2ban config-files')],
  [
    '1.3-patched',
    /security updates wait: openssl/,
    file('fake/apt-get', (text) => `${text}Inst openssl [1] (2 Debian-Security:12/stable-security [amd64])\n`),
  ],
  ['1.3-patched', /package lists are 9 days old/, older('var/lib/apt/lists', 9)],
  ['2.1-admin-addresses', /ADMIN_CIDRS is empty/, answer('ADMIN_CIDRS', '')],
  ['2.2-rules', /not active/, firewall(['disable'], ['--force', 'enable'])],
  [
    '2.2-rules',
    /would change the firewall/,
    firewall(['default', 'allow', 'incoming'], ['default', 'deny', 'incoming']),
  ],
  ['2.2-rules', /would change the firewall/, firewall(['allow', '8080/tcp'], ['delete', 'allow', '8080/tcp'])],
  ['2.2-rules', /ENABLED is not yes/, replaced('etc/ufw/ufw.conf', 'ENABLED=yes', 'ENABLED=no')],
  ['2.2-rules', /ufw does not start at boot/, unit('ufw', '=enabled', '=disabled')],
  ['2.3-ports', /tcp 0\.0\.0\.0:8088 .*not on loopback/, all(answer('APP_PORT', '8088'), open('tcp:8088'))],
  ['2.3-ports', /nothing listens on tcp 444/, answer('HTTPS_PORT', '444')],
  ['2.3-ports', /tcp 0\.0\.0\.0:8088 .* is not nginx/, all(answer('HTTP_PORT', '8088'), open('tcp:8088'))],
  ['2.3-ports', /nothing listens on udp 3479; nothing listens on tcp 3479/, answer('TURN_PORT', '3479')],
  ['2.3-ports', /nothing listens on tcp 9999/, answer('NODE_EXPORTER_PORT', '9999')],
  ['2.3-ports', /^also listening: tcp 0\.0\.0\.0:9615/, open('tcp:9615')],
  ['2.3-ports', /^also listening: udp 0\.0\.0\.0:5000/, open('udp:5000')],
  ['3.2-app', /node_version is .*, wanted: 20\.11\.1/, written(`${RELEASE}/.nvmrc`, '20.11.1\n')],
  ['3.1-user', /is in sudo/, written('fake/id', 'fillmasjid sudo\n')],
  ['3.1-user', /may use sudo/, written('fake/sudo', 'User fillmasjid may run the following commands:\n')],
  ['3.1-user', /is user 65534's/, replaced('fake/passwd', /^fillmasjid:x:\d+/m, 'fillmasjid:x:1001')],
  ['3.2-app', /instances is 2, wanted: 1/, replaced('fake/pm2-jlist', '"instances":1', '"instances":2')],
  ['3.2-app', /PM2 runs no azaan-server/, written('fake/pm2-jlist', '[]\n')],
  ['3.2-app', /PM2 runs no azaan-server/, gone('home/fillmasjid/.pm2/pm2.pid')],
  ['3.2-app', /PM2 keeps JWT_KEYS/, replaced('fake/pm2-jlist', '"env":{', '"env":{"JWT_KEYS":"x",')],
  ['3.2-online', /^stopped/, replaced('fake/pm2-jlist', 'online', 'stopped')],
  ['3.2-boot', /saved list of PM2 lacks/, written('home/fillmasjid/.pm2/dump.pm2', '[]')],
  ['3.2-boot', /does not start at boot/, unit('pm2-fillmasjid', '=enabled', '=disabled')],
  ['4.1-ready', /^503: no parts named/, nginxFile('azaan/proxy.conf', 'http://azaan_relay', 'http://127.0.0.1:9')],
  ['4.1-ready', /maintenance page/, written('var/lib/azaan/maintenance', '')],
  [
    '4.1-limits',
    /is answered (?!413)/,
    nginxFile('azaan/limits.conf', 'client_max_body_size 64k', 'client_max_body_size 9m'),
  ],
  ['4.1-pages', /uncompressed/, nginxFile('azaan/gzip.conf', /^gzip on;/m, 'gzip off;')],
  ['4.1-pages', /Server tells nginx\/\d/, nginxFile('nginx.conf', 'server_tokens off', 'server_tokens on')],
  ['4.1-closed', /\/metrics answers 200/, nginxFile('azaan/relay.conf', 'return 403;', 'return 200;')],
  ['4.2-redirect', /^301/, nginxFile('azaan/redirect.conf', 'return 308', 'return 301')],
  [
    '4.2-protocols',
    /azaan\.example\.org speaks TLS 1\.1 or older; azaan\.example\.org does not speak TLS 1\.3/,
    nginx(all(replaced('etc/nginx/azaan/tls.conf', 'TLSv1.2 TLSv1.3', 'TLSv1.1 TLSv1.2'), anyCipher)),
  ],
  ['4.2-ciphers', /weak ciphers are accepted/, nginx(anyCipher)],
  ['4.2-ciphers', /not taken up/, nginxFile('azaan/tls.conf', /ssl_session_cache .*;/, 'ssl_session_cache off;')],
  ['4.2-hsts', /HSTS=on, but the header says 0 s/, nginxFile('azaan/hsts.conf', /add_header .*;/, '')],
  ['4.3-certificate', /azaan\.example\.org: .*, issued by/, servedCertificate(selfSign)],
  ['4.3-certificate', /^azaan\.example\.org: 1 % of its life, 0 days$/, servedCertificate(nearlyExpired)],
  ['4.3-timer', /certbot\.timer is inactive/, unit('certbot.timer', '=active', '=inactive')],
  ['4.3-timer', /last run 3 days ago/, unit('certbot.timer', 'USec=', `USec=Tue ${timeOf(3)} UTC`)],
  ['5.1-credentials', /answered 401/, answer('TURN_SECRETS', 'a-secret-that-coturn-has-never-heard-of')],
  [
    '5.1-defaults',
    /^the realm is turn\.example\.org, wanted: other\.example\.org/,
    answer('TURN_DOMAIN', 'other.example.org'),
  ],
  ['5.1-address', /wanted: 9\.9\.0\.11/, answer('PUBLIC_IP', '9.9.0.11')],
  ['5.1-address', /wanted: .*:65535-65535/, answer('TURN_RELAY_MIN_PORT', '65535')],
  ['5.1-defaults', /wanted: turn\.example\.org; answers have no fingerprint; answers tell the version/, openTurn],
  ['5.2-open-relay', /with wrong credentials it allocates/, openTurn],
  ['5.2-peers', /it would relay to 127\.0\.0\.1/, openTurn],
  ['5.3-ways', /^udp: no answer.*; tcp: .*ECONNREFUSED[^;]*$/, answer('TURN_PORT', '3499')],
  ['5.3-ways', /^tls: .*ECONNREFUSED/, answer('HTTPS_PORT', '444')],
  [
    '9.3-hot',
    /^nginx\/access\.json\.20\.gz is 20 days old/,
    async (server) => {
      await written('var/log/nginx/access.json.20.gz', 'x')(server);
      await server.touch('var/log/nginx/access.json.20.gz', 20);
    },
  ],
  ['9.3-archive', /days ago/, written(`${METRICS}/logs.prom`, 'azaan_log_archive_last_success_timestamp_seconds 0\n')],
  ['9.3-archive', /no archive run/, gone(`${METRICS}/logs.prom`)],
  ['9.3-quota', /azaan-logs\.timer is inactive/, unit('azaan-logs.timer', '=active', '=inactive')],
  [
    '9.3-quota',
    /^1\d\d of 100 MB/,
    all(answer('LOG_QUOTA_MB', '100'), written('var/log/nginx/big.log', 'x'.repeat(110 * 1_048_576))),
  ],
  ['10-own', /TURN secret is missing or guessable/, answer('TURN_SECRETS', 'change-me-change-me-change-me-change-me')],
  ['10-ages', /turn: 100 days ago, wanted: 90 or less/, aged('turn', 100)],
  ['10-ages', /jwt: 100 days ago/, aged('jwt', 100)],
  ['10-ages', /ssh: 400 days ago, wanted: 365 or less/, aged('ssh', 400)],
  ['10-ages', /log-archive: 400 days ago/, aged('log-archive', 400)],
  ['10-ages', /calendar has not looked/, gone(`${METRICS}/secrets.prom`)],
  ['10-ages', /calendar last looked 2\.0 days ago/, older(`${METRICS}/secrets.prom`, 2)],
  ['14-ssh-passwords', /passwordauthentication yes/, sshd('PasswordAuthentication yes')],
  ['14-ssh-root', /permitrootlogin yes/, sshd('PermitRootLogin yes')],
  ['14-ssh-keys', /nobody could log in/, gone('home/admin/.ssh/authorized_keys')],
  ['14-ssh-keys', /pubkeyauthentication no/, sshd('PubkeyAuthentication no')],
  ['14-ssh-keys', /ufw does not hold others off/, firewall(['disable'], ['--force', 'enable'])],
  ['14-ssh-keys', /ufw does not hold others off/, firewall(['allow', '22/tcp'], ['delete', 'allow', '22/tcp'])],
  ['14-fail2ban', /no jail sshd/, replaced('fake/fail2ban-client', ', sshd', '')],
  ['14-patch-cycle', /^Unattended-Upgrade is off/, replaced('fake/apt-config', 'Upgrade "1"', 'Upgrade "0"')],
  ['14-patch-cycle', /upgrade\.timer does not start at boot/, unit('apt-daily-upgrade.timer', '=enabled', '=disabled')],
  ['14-audit', /BLOCKING high x: bad/, written('fake/npm', JSON.stringify(vulnerability))],
  ['14-tls-keys', /privkey\.pem has mode 644/, mode('etc/azaan/tls/privkey.pem', 0o644, 0o400)],
  ['14-tls-keys', /turndb has mode 644/, mode('var/lib/turn/turndb', 0o644, 0o640)],
  ['14-sensitive-files', /^\.env should not be there/, written(`${RELEASE}/.env`, 'A=1\n')],
  ['14-sensitive-files', /id_ed25519 should not be there/, written(`${RELEASE}/tools/id_ed25519`, 'x')],
  [
    '14-sensitive-files',
    /notes\.md holds a secret of this server/,
    async (server) => server.spoil(`${RELEASE}/docs/notes.md`, () => `the secret is ${server.secret}`),
  ],
  ['15.2-security', /14-fail2ban/, replaced('fake/fail2ban-client', ', sshd', '')],
  ['15.2-targets', /down: node \(127\.0\.0\.1:9100\)/, replaced(TARGETS, /"up"(?=[^"]*$)/, '"down"')],
  ['15.2-targets', /answers 404/, gone(TARGETS)],
  ['15.2-alerts', /failing: Alert0/, replaced(RULES, '"health":"ok"', '"health":"err"')],
  ['15.2-receivers', /for page$/, replaced(STATUS, 'telegram_configs', 'no')],
  ['15.2-receivers', /for page and notice$/, replaced(STATUS, /telegram_\w+|email_\w+/g, 'no')],
  ['15.2-watchdog', /does not arrive/, written(ALERTS, '[]')],
  [
    '15.2-backup',
    /^48 hours ago/,
    written(
      `${METRICS}/backup.prom`,
      `azaan_backup_last_success_timestamp_seconds ${Date.now() / 1_000 - 2 * DAY_SECONDS}\n`,
    ),
  ],
];

/** Spoils the server and hands it back as it was, whatever `look` does meanwhile. */
async function withFault(spoil: Spoil, look: () => Promise<void>): Promise<void> {
  const undo = await spoil(server);
  try {
    await look();
  } finally {
    await server.mend();
    if (typeof undo === 'function') await (undo as Undo)();
  }
}

/** `2026-11-24 00:00:03`, in UTC. */
function timeOf(daysAgo: number): string {
  const time = new Date(Date.now() - daysAgo * DAY_SECONDS * 1_000).toISOString();
  return time.slice(0, 19).replace('T', ' ');
}

let server: GoLiveServer;

beforeAll(async () => {
  server = await GoLiveServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the doctor', () => {
  it('is well where nothing is spoilt', async () => {
    const { checks } = await server.report();
    expect(checks.filter(({ status }) => status === 'bad')).toEqual([]);
  });

  it.each(FAULTS)('sees what is wrong: %s %s', async (id, seen, spoil) => {
    await withFault(spoil, async () => {
      const { code, stdout, stderr } = await server.doctor('--json', '--only', id);
      expect(stderr).toBe('');
      for (const secret of [server.secret, server.jwtKey]) expect(stdout).not.toContain(secret);
      const [check] = (JSON.parse(stdout) as Report).checks;
      expect(check).toMatchObject({ id, status: 'bad' });
      expect(check!.seen).toMatch(seen);
      expect(check!.mend).not.toBe('');
      expect(code).toBe(1);
    });
  });

  it('has a fault for everything that it looks at', async () => {
    const { checks } = await server.report();
    // Every fault above was mended, so that what is open now is what only a person can know.
    const questions = checks.filter(({ seen }) => seen === 'only a person can know').map(({ id }) => id);
    const tried = new Set(FAULTS.map(([id]) => id));
    expect(checks.map(({ id }) => id).filter((id) => !tried.has(id) && !questions.includes(id))).toEqual([]);
    expect(checks.filter(({ status }) => status === 'bad')).toEqual([]);
  });
});
