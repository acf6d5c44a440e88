import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoLiveServer } from './go-live-server.js';
import { selfSign } from './nginx.js';

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
const unit = (name: string, text: string): Spoil => written(`fake/units/${name}`, `LoadState=loaded\n${text}\n`);
const all =
  (...spoils: Spoil[]): Spoil =>
  async (server) => {
    for (const spoil of spoils) await spoil(server);
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
    const daemon = await server.listen([process.execPath, join(import.meta.dirname, 'ports-open.mjs'), port], port);
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
    const [certificate, key] = ['fullchain.pem', 'privkey.pem'].map((name) => `etc/azaan/tls/${name}`) as [
      string,
      string,
    ];
    // Remembered, and then written by openssl.
    await server.spoil(certificate, (text) => `${text}\n`);
    await server.spoil(key, (text) => `${text}\n`);
    await make(server.path(certificate), server.path(key), server);
  });

/** Of the same authority, made on 1 January and valid until tomorrow. */
async function nearlyExpired(certificate: string, key: string, server: GoLiveServer): Promise<void> {
  const folder = server.path('old-ca');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index'), '');
  await writeFile(join(folder, 'serial'), '01\n');
  const config = [
    '[ca]',
    'default_ca=a',
    '[a]',
    `database=${folder}/index`,
    `serial=${folder}/serial`,
    `new_certs_dir=${folder}`,
    'default_md=sha256',
    'policy=p',
    '[p]',
    'commonName=supplied',
  ];
  await writeFile(join(folder, 'config'), config.join('\n'));
  const request = join(folder, 'request');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl('req', '-new', '-key', key, '-subj', '/CN=azaan.example.org', '-out', request);
  const time = (daysFromNow: number) =>
    `${new Date(Date.now() + daysFromNow * DAY_SECONDS * 1_000)
      .toISOString()
      .replace(/[-:T]|\.\d+/g, '')
      .slice(0, 14)}Z`;
  const dates = ['-startdate', time(-89), '-enddate', time(1)];
  const authority = ['-cert', server.path('ca.pem'), '-keyfile', server.path('ca-key.pem')];
  openssl(
    'ca',
    '-batch',
    '-notext',
    '-config',
    join(folder, 'config'),
    ...authority,
    ...dates,
    '-in',
    request,
    '-out',
    certificate,
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

export const FAULTS: readonly Fault[] = [
  ['0-answers', /DOMAIN is missing/, answer('DOMAIN', '')],
  ['0-rendered', /would change \/etc\/nginx\/nginx\.conf/, file('etc/nginx/nginx.conf', (text) => `${text}#\n`)],
  ['1.1-os', /wanted: Ubuntu 22\.04 or Debian 12/, replaced('etc/os-release', '"22.04"', '"20.04"')],
  ['1.1-processors', /^2 vCPU/, written('proc/cpuinfo', 'processor : 0\nprocessor : 1\n')],
  ['1.1-memory', /^4\.\d GB/, replaced('proc/meminfo', '8131568', '4131568')],
  ['1.1-disk', /^60 GB/, written('fake/df', 'size avail\n60000000000 50000000000\n')],
  ['1.1-address', /no interface has 10\.44\.0\.9/, answer('PRIVATE_IP', '10.44.0.9')],
  ['1.1-processor-use', /^9\d %, wanted: below 60 %/, written('proc/stat', 'cpu  9000 0 500 500 0 0 50 0 0 0\n')],
  ['1.1-memory-use', /^88 %/, replaced('proc/meminfo', '6500000', '1000000')],
  ['1.1-disk-use', /^80 %/, written('fake/df', 'size avail\n126000000000 25200000000\n')],
  ['1.2-relay-name', /azaan\.example\.org is 192\.0\.2\.1/, replaced('fake/dns.json', '"9.9.0.10"', '"192.0.2.1"')],
  [
    '1.2-relay-name',
    /has AAAA/,
    replaced('fake/dns.json', '"ttl"', '"aaaa":["2001:0db8:0000:0000:0000:0000:0000:0001"],"ttl"'),
  ],
  [
    '1.2-turn-name',
    /turn\.example\.org is unknown/,
    replaced('fake/dns.json', '"turn.example.org"', '"other.example.org"'),
  ],
  ['1.2-ttl', /^3600 s/, all(answer('HSTS', 'off'), replaced('fake/dns.json', '300', '3600'))],
  [
    '1.3-patched',
    /security updates wait: openssl/,
    file('fake/apt-get', (text) => `${text}Inst openssl [1] (2 Debian-Security:12/stable-security [amd64])\n`),
  ],
  ['1.3-patched', /package lists are 9 days old/, older('var/lib/apt/lists', 9)],
  [
    '1.3-unattended',
    /Unattended-Upgrade is off/,
    replaced('fake/apt-config', 'Unattended-Upgrade "1"', 'Unattended-Upgrade "0"'),
  ],
  ['1.3-unattended', /no security origin/, replaced('fake/apt-config', /^.*-security.*$/m, '')],
  ['1.3-last-upgrade', /^9\.0 days ago/, older('var/lib/apt/periodic/unattended-upgrades-stamp', 9)],
  ['1.3-packages', /missing: fail2ban/, replaced('fake/dpkg-query', 'fail2ban installed', 'fail2ban config-files')],
  ['2.1-admin-addresses', /ADMIN_CIDRS is empty/, answer('ADMIN_CIDRS', '')],
  ['2.2-defaults', /not active/, firewall(['disable'], ['--force', 'enable'])],
  ['2.2-rules', /would change the firewall/, firewall(['allow', '8080/tcp'], ['delete', 'allow', '8080/tcp'])],
  ['2.2-boot', /ENABLED is not yes/, replaced('etc/ufw/ufw.conf', 'ENABLED=yes', 'ENABLED=no')],
  ['2.2-boot', /ufw does not start at boot/, unit('ufw', 'UnitFileState=disabled\nActiveState=active')],
  [
    '2.3-relay',
    /tcp 0\.0\.0\.0:8088 .*not on loopback/,
    async (server) => (await answer('APP_PORT', '8088')(server), open('tcp:8088')(server)),
  ],
  ['2.3-https', /nothing listens on tcp 444/, answer('HTTPS_PORT', '444')],
  ['2.3-http', /is not nginx/, async (server) => (await answer('HTTP_PORT', '8088')(server), open('tcp:8088')(server))],
  ['2.3-turn', /nothing listens on udp 3479/, answer('TURN_PORT', '3479')],
  ['2.3-node-exporter', /nothing listens on tcp 9999/, answer('NODE_EXPORTER_PORT', '9999')],
  ['2.3-pm2-web', /9615/, open('tcp:9615')],
  ['2.3-nothing-else', /udp 0\.0\.0\.0:5000/, open('udp:5000')],
  ['3.1-node', /wanted: 20\.11\.1/, written(`${RELEASE}/.nvmrc`, '20.11.1\n')],
  ['3.1-pinned', /lts/, written(`${RELEASE}/.nvmrc`, 'lts/*\n')],
  ['3.1-user', /is in sudo/, written('fake/id', 'fillmasjid sudo\n')],
  ['3.1-user', /may use sudo/, written('fake/sudo', 'User fillmasjid may run the following commands:\n')],
  ['3.1-relay-user', /is user 65534's/, replaced('fake/passwd', /^fillmasjid:x:\d+/m, 'fillmasjid:x:1001')],
  ['3.2-pm2', /PM2 6\.0\.0, wanted: 7/, replaced('proc/1/cmdline', /PM2 v[\d.]+/, 'PM2 v6.0.0')],
  ['3.2-pm2', /PM2 does not run/, gone('home/fillmasjid/.pm2/pm2.pid')],
  ['3.2-pm2', /PM2 does not run/, written('proc/1/cmdline', '/sbin/init\0')],
  ['3.2-app', /instances is 2, wanted: 1/, replaced('fake/pm2-jlist', '"instances":1', '"instances":2')],
  ['3.2-app', /PM2 runs no azaan-server/, written('fake/pm2-jlist', '[]\n')],
  ['3.2-online', /^stopped/, replaced('fake/pm2-jlist', 'online', 'stopped')],
  ['3.2-no-secrets', /PM2 keeps JWT_KEYS/, replaced('fake/pm2-jlist', '"env":{', '"env":{"JWT_KEYS":"x",')],
  ['3.2-boot', /saved list of PM2 lacks/, written('home/fillmasjid/.pm2/dump.pm2', '[]')],
  ['3.2-boot', /does not start at boot/, unit('pm2-fillmasjid', 'UnitFileState=disabled\nActiveState=active')],
  ['3.3-runbook', /safe-reboot/, gone(`${RELEASE}/docs/runbooks/safe-reboot-maintenance-mode.md`)],
  ['3.3-not-paused', /maintenance page/, written('var/lib/azaan/maintenance', '')],
  ['4.1-answers', /answers 503/, written('var/lib/azaan/maintenance', '')],
  ['4.1-ready', /^503/, written('var/lib/azaan/maintenance', '')],
  [
    '4.1-forwarded',
    /does not set X-Forwarded-For/,
    replaced(
      'etc/nginx/azaan/proxy.conf',
      'X-Forwarded-For $remote_addr',
      'X-Forwarded-For $proxy_add_x_forwarded_for',
    ),
  ],
  [
    '4.1-limits',
    /80000 bytes is answered/,
    nginxFile('azaan/limits.conf', 'client_max_body_size 64k', 'client_max_body_size 10m'),
  ],
  ['4.1-gzip', /off for JSON/, nginxFile('azaan/gzip.conf', /^gzip on;/m, 'gzip off;')],
  ['4.1-headers', /Server tells nginx\/\d/, nginxFile('nginx.conf', 'server_tokens off', 'server_tokens on')],
  ['4.1-closed', /\/metrics answers 200/, nginxFile('azaan/relay.conf', 'return 403;', 'return 200;')],
  ['4.2-redirect', /^301/, nginxFile('azaan/redirect.conf', 'return 308', 'return 301')],
  [
    '4.2-protocols',
    /azaan\.example\.org speaks TLS 1\.1 or older; azaan\.example\.org does not speak TLS 1\.3/,
    nginx(
      all(
        replaced('etc/nginx/azaan/tls.conf', 'TLSv1.2 TLSv1.3', 'TLSv1.1 TLSv1.2'),
        replaced('etc/nginx/azaan/tls.conf', /ssl_ciphers .*;/, 'ssl_ciphers ALL:@SECLEVEL=0;'),
      ),
    ),
  ],
  [
    '4.2-ciphers',
    /weak ciphers are accepted/,
    nginxFile('azaan/tls.conf', /ssl_ciphers .*;/, 'ssl_ciphers ALL:@SECLEVEL=0;'),
  ],
  [
    '4.2-resumption',
    /not taken up again/,
    nginxFile('azaan/tls.conf', /ssl_session_cache .*;/, 'ssl_session_cache off;'),
  ],
  ['4.2-hsts', /HSTS=on, but the header says 0 s/, nginxFile('azaan/hsts.conf', /add_header .*;/, '')],
  ['4.3-certificate', /azaan\.example\.org: /, servedCertificate(selfSign)],
  ['4.3-life', /^1 % of its life, 0 days/, servedCertificate(nearlyExpired)],
  ['4.3-timer', /certbot\.timer is inactive/, unit('certbot.timer', 'UnitFileState=enabled\nActiveState=inactive')],
  [
    '4.3-timer',
    /last run 3 days ago/,
    unit('certbot.timer', `UnitFileState=enabled\nActiveState=active\nLastTriggerUSec=${systemdTime(3)}`),
  ],
  ['4.3-hook', /nginx serves another certificate/, servedCertificate(selfSign)],
  ['5.1-credentials', /answered 401/, answer('TURN_SECRETS', 'a-secret-that-coturn-has-never-heard-of')],
  ['5.1-realm', /wanted: other\.example\.org/, answer('TURN_DOMAIN', 'other.example.org')],
  ['5.1-address', /wanted: 9\.9\.0\.11/, answer('PUBLIC_IP', '9.9.0.11')],
  ['5.1-ports', /does not say 65000-65535/, answer('TURN_RELAY_MIN_PORT', '65000')],
  ['5.1-defaults', /no no-cli/, replaced('etc/turnserver.conf', /^no-cli$/m, '')],
  ['5.2-open-relay', /with wrong credentials it allocates/, openTurn],
  ['5.2-peers', /it would relay to 127\.0\.0\.1/, openTurn],
  ['5.2-quota', /not set: user-quota/, replaced('etc/turnserver.conf', /^user-quota=.*$/m, '')],
  ['5.2-failures', /last counted 1440 minutes ago/, older(`${METRICS}/turn.prom`, 1)],
  ['5.2-failures', /does not count refusals/, gone(`${METRICS}/turn.prom`)],
  ['5.3-udp', /no answer/, answer('TURN_PORT', '3499')],
  ['5.3-tcp', /ECONNREFUSED/, answer('TURN_PORT', '3499')],
  ['5.3-tls', /ECONNREFUSED/, answer('HTTPS_PORT', '444')],
  [
    '9.3-hot',
    /20 days old/,
    async (server) => (
      await server.spoil('var/log/nginx/access.json.20.gz', () => 'x'),
      server.touch('var/log/nginx/access.json.20.gz', 20)
    ),
  ],
  ['9.3-archive', /days ago/, written(`${METRICS}/logs.prom`, 'azaan_log_archive_last_success_timestamp_seconds 0\n')],
  ['9.3-archive', /no archive run/, gone(`${METRICS}/logs.prom`)],
  [
    '9.3-quota',
    /azaan-logs\.timer is inactive/,
    unit('azaan-logs.timer', 'UnitFileState=enabled\nActiveState=inactive'),
  ],
  [
    '9.3-quota',
    /^1\d\d of 100 MB/,
    all(answer('LOG_QUOTA_MB', '100'), written('var/log/nginx/big.log', 'x'.repeat(110 * 1_048_576))),
  ],
  [
    '9.3-journal',
    /no SystemMaxUse/,
    replaced('etc/systemd/journald.conf.d/azaan.conf', 'SystemMaxUse', '#SystemMaxUse'),
  ],
  ['10-source', /holds credentials/, file('etc/turnserver.conf', (text) => `${text}user=any:any\n`)],
  ['10-stored', /relay\.env has mode 0644/, mode('etc/azaan/relay.env', 0o644, 0o640)],
  ['10-own', /TURN secret is short or guessable/, answer('TURN_SECRETS', 'change-me-change-me-change-me-change-me')],
  ['10-env', /^\.env is in the release/, written(`${RELEASE}/.env`, 'A=1\n')],
  ['10-turn-age', /turn: 100 days ago/, older('var/lib/azaan/turn-rotated', 100)],
  ['10-jwt-age', /jwt: 100 days ago/, older('var/lib/azaan/jwt-rotated', 100)],
  ['10-ssh-age', /ssh: 400 days ago/, older('var/lib/azaan/ssh-rotated', 400)],
  ['10-other-ages', /log-archive: 400 days ago/, older('var/lib/azaan/log-archive-rotated', 400)],
  ['10-calendar', /secrets\.prom/, gone(`${METRICS}/secrets.prom`)],
  ['14-ssh-passwords', /passwordauthentication yes/, sshd('PasswordAuthentication yes')],
  ['14-ssh-root', /permitrootlogin yes/, sshd('PermitRootLogin yes')],
  ['14-ssh-keys', /nobody could log in/, gone('home/admin/.ssh/authorized_keys')],
  ['14-ssh-keys', /pubkeyauthentication no/, sshd('PubkeyAuthentication no')],
  ['14-ssh-keys', /ufw does not hold others off/, firewall(['disable'], ['--force', 'enable'])],
  ['14-ssh-keys', /ufw does not hold others off/, firewall(['allow', '22/tcp'], ['delete', 'allow', '22/tcp'])],
  ['14-fail2ban', /no jail sshd/, replaced('fake/fail2ban-client', ', sshd', '')],
  [
    '14-patch-cycle',
    /apt-daily-upgrade\.timer does not start at boot/,
    unit('apt-daily-upgrade.timer', 'UnitFileState=disabled\nActiveState=active'),
  ],
  ['14-audit', /BLOCKING high x: bad/, written('fake/npm', JSON.stringify(vulnerability))],
  ['14-tls-keys', /privkey\.pem has mode 644/, mode('etc/azaan/tls/privkey.pem', 0o644, 0o400)],
  ['14-sensitive-files', /id_ed25519 should not be there/, written(`${RELEASE}/tools/id_ed25519`, 'x')],
  [
    '14-sensitive-files',
    /notes\.md holds a secret of this server/,
    async (server) => server.spoil(`${RELEASE}/docs/notes.md`, () => `the secret is ${server.secret}`),
  ],
  ['15.2-security', /14-fail2ban/, replaced('fake/fail2ban-client', ', sshd', '')],
  [
    '15.2-targets',
    /down: node \(127\.0\.0\.1:9100\)/,
    replaced('fake/http-9090/api-v1-targets.json', /"up"(?=[^"]*$)/, '"down"'),
  ],
  ['15.2-targets', /answers 404/, gone('fake/http-9090/api-v1-targets.json')],
  ['15.2-alerts', /failing: Alert0/, replaced('fake/http-9090/api-v1-rules.json', /"health": *"ok"/, '"health":"err"')],
  ['15.2-receivers', /for page$/, replaced('fake/http-9093/api-v2-status.json', 'telegram_configs', 'no')],
  [
    '15.2-receivers',
    /for page and notice$/,
    replaced('fake/http-9093/api-v2-status.json', /telegram_\w+|email_\w+/g, 'no'),
  ],
  ['15.2-watchdog', /does not arrive/, written('fake/http-9093/api-v2-alerts.json', '[]')],
  [
    '15.2-backup',
    /^48 hours ago/,
    written(
      `${METRICS}/backup.prom`,
      `azaan_backup_last_success_timestamp_seconds ${Date.now() / 1_000 - 2 * DAY_SECONDS}\n`,
    ),
  ],
  ['15.2-load', /no load test/, gone(`${RELEASE}/docs/bench/results.md`)],
  ['15.2-runbooks', /vm-disk-full/, gone(`${RELEASE}/docs/runbooks/vm-disk-full.md`)],
];

/** Runs `fault` on the server and hands it back as it was, whatever `look` does meanwhile. */
export async function withFault(server: GoLiveServer, spoil: Spoil, look: () => Promise<void>): Promise<void> {
  const undo = await spoil(server);
  try {
    await look();
  } finally {
    await server.mend();
    if (typeof undo === 'function') await (undo as Undo)();
  }
}

/** As `systemctl show` writes it. */
function systemdTime(daysAgo: number): string {
  const time = new Date(Date.now() - daysAgo * DAY_SECONDS * 1_000).toISOString();
  return `Tue ${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}
