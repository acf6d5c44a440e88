import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Coturn } from './coturn.js';
import { FILES, pm2List, SCRIPTS } from './good-server.js';
import { INFRA, run, succeed, type Outcome } from './machine.js';
import { CLIENT_IP } from './network.js';
import { DOMAIN, TURN_DOMAIN } from './nginx.js';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const NOBODY = 65_534;
const NODE_EXPORTER = 'var/lib/prometheus/node-exporter';
const RELEASE = 'opt/azaan-relay/releases/r1';

/** What `infra/doctor --json` says. */
export interface Report {
  readonly version: number;
  readonly summary: Readonly<Record<'ok' | 'bad' | 'unknown', number>>;
  readonly checks: readonly {
    readonly id: string;
    readonly section: string;
    readonly title: string;
    readonly status: 'ok' | 'bad' | 'unknown';
    readonly seen: string;
    readonly mend: string | null;
    readonly confirmed: { readonly by: string; readonly on: string; readonly until: string } | null;
    readonly ms: number;
  }[];
}

/**
 * A server as it goes live: nginx, coturn, the relay, the firewall and a certificate are real, in a network of their own
 * and below a folder that stands for `/`. Programs that concern the whole machine (apt, systemd, PM2, init.sh and the
 * like) print what files say. Needs root, and the relay built.
 */
export class GoLiveServer implements AsyncDisposable {
  private readonly originals = new Map<string, string | undefined>();

  private constructor(
    private readonly coturn: Coturn,
    /** What nobody may be told: the first of its TURN secrets. */
    readonly secret: string,
    readonly jwtKey: string,
  ) {}

  static async start(): Promise<GoLiveServer> {
    const [secret, jwtKey] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64')];
    const coturn = await Coturn.start({
      ADMIN_CIDRS: `${CLIENT_IP}/32`,
      TURN_SECRETS: secret,
      JWT_KEYS: `k1:${jwtKey}`,
      LOG_ARCHIVE_BUCKET: 'logs',
      LOG_ARCHIVE_ENDPOINT: 'https://s3.example.org',
      LOG_ARCHIVE_KEY_ID: 'id',
      LOG_ARCHIVE_SECRET: randomBytes(20).toString('hex'),
      HSTS: 'on',
    });
    const server = new GoLiveServer(coturn, secret, jwtKey);
    try {
      await server.putFiles();
      await server.putCertificate();
      await server.startDaemons();
      await server.on(join(INFRA, 'parts/firewall/apply'));
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  path(path: string): string {
    return this.coturn.machine.path(path);
  }

  /** Runs `infra/doctor`. */
  doctor(...args: string[]): Promise<Outcome> {
    return this.on(process.execPath, join(INFRA, 'doctor'), ...args);
  }

  async report(...args: string[]): Promise<Report> {
    return JSON.parse((await this.doctor('--json', ...args)).stdout) as Report;
  }

  /** As somebody who is not root. */
  doctorAsNobody(...args: string[]): Promise<Outcome> {
    const command = ['setpriv', '--reuid', String(NOBODY), '--clear-groups', process.execPath, join(INFRA, 'doctor')];
    return this.on(...command, ...args);
  }

  /** Runs a command on the server, with its own ufw and programs. */
  async on(...command: string[]): Promise<Outcome> {
    const places = { 'etc/ufw': '/etc/ufw', 'var/lib/ufw': '/var/lib/ufw', 'fake/bin/init.sh': join(INFRA, 'init.sh') };
    const mounts = Object.entries(places).map(([path, place]) => `mount --bind ${this.path(path)} ${place}`);
    const own = mounts.join(' && ');
    return this.coturn.network.run('server', ['sh', '-c', `${own} && exec "$@"`, 'sh', ...command], {
      AZAAN_ANSWERS: this.coturn.machine.answersFile,
      NODE_EXTRA_CA_CERTS: this.path('ca.pem'),
      PATH: `${this.path('fake/bin')}:${dirname(process.execPath)}:${process.env['PATH']!}`,
      FAKE: this.path('fake'),
      TEXTFILE_DIRECTORY: this.path(NODE_EXPORTER),
    });
  }

  /** Changes a file until `mend`; `change` gets its text, and `undefined` removes it. */
  async spoil(path: string, change: (text: string) => string | undefined): Promise<void> {
    const file = this.path(path);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (!this.originals.has(path)) this.originals.set(path, text);
    const changed = change(text ?? '');
    if (changed !== undefined && changed === text) throw new Error(`${path} is spoilt already`);
    await this.put(path, changed);
  }

  /** Puts back what was spoilt. */
  async mend(): Promise<void> {
    for (const [path, text] of this.originals) await this.put(path, text);
    this.originals.clear();
  }

  /** nginx reads its files again. */
  async reloadNginx(): Promise<void> {
    const config = ['-p', this.path(''), '-c', this.path('etc/nginx/nginx.conf')];
    const { code, stderr } = await this.on('nginx', ...config, '-s', 'reload');
    if (code !== 0) throw new Error(stderr);
    // The old workers take calls until the new ones do.
    await new Promise((done) => setTimeout(done, 300));
  }

  /** Tells the alerts when each secret was changed. */
  async keepCalendar(): Promise<void> {
    const { code, stderr } = await this.on(join(INFRA, 'parts/secrets/calendar'), 'metrics');
    if (code !== 0) throw new Error(stderr);
  }

  async touch(path: string, daysAgo: number): Promise<void> {
    const when = new Date(Date.now() - daysAgo * 86_400_000);
    await utimes(this.path(path), when, when);
  }

  listen(command: readonly string[], ...ports: string[]) {
    return this.coturn.run(command, ...ports);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.coturn[Symbol.asyncDispose]();
  }

  /** Into the file that is there, which keeps its mode and owner. */
  private async put(path: string, text: string | undefined): Promise<void> {
    const file = this.path(path);
    if (text === undefined) return rm(file, { recursive: true, force: true });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  private async putFiles(): Promise<void> {
    for (const [path, text] of Object.entries({ ...FILES, ...SCRIPTS })) await this.put(path, text);
    for (const path of Object.keys(SCRIPTS)) await chmod(this.path(path), 0o755);
    await cp('/etc/ufw', this.path('etc/ufw'), { recursive: true });
    await mkdir('/var/lib/ufw', { recursive: true });
    for (const folder of ['var/lib/ufw', 'var/lib/apt/lists', RELEASE])
      await mkdir(this.path(folder), { recursive: true });
    // As infra/init.sh takes a release from a checkout.
    await succeed('sh', ['-c', `git -C ${REPOSITORY} archive HEAD | tar -x -C ${this.path(RELEASE)}`]);
    await symlink('releases/r1', this.path('opt/azaan-relay/current'));
    await this.putSsh();
    await this.keepCalendar();
    await chmod(this.coturn.machine.answersFile, 0o600);
    // The relay's group of a real server.
    await chown(this.path('etc/azaan/relay.env'), 0, NOBODY);
  }

  private async putSsh(): Promise<void> {
    const key = this.path('home/admin/.ssh/authorized_keys');
    await mkdir(dirname(key), { recursive: true });
    await succeed('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.path('host-key')]);
    await cp(this.path('host-key.pub'), key);
    await mkdir('/run/sshd', { recursive: true });
    const config = `Include ${this.path('etc/ssh/sshd_config.d')}/*.conf\nHostKey ${this.path('host-key')}\n`;
    await this.put('etc/ssh/sshd_config', config);
    const admin = `admin:x:1000:1000::${this.path('home/admin')}:/bin/bash\n`;
    await this.put('fake/passwd', `${admin}fillmasjid:x:${NOBODY}:${NOBODY}::/home/fillmasjid:/usr/sbin/nologin\n`);
  }

  /** From an authority of its own, handed out by the hook that certbot runs. */
  private async putCertificate(): Promise<void> {
    const lineage = this.path(`etc/letsencrypt/live/${DOMAIN}`);
    await mkdir(lineage, { recursive: true });
    await mkdir(this.path('etc/letsencrypt/archive'), { recursive: true });
    for (const folder of ['live', 'archive']) await chmod(this.path(`etc/letsencrypt/${folder}`), 0o700);
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '90',
    ];
    const [ca, caKey] = [this.path('ca.pem'), this.path('ca-key.pem')];
    await succeed('openssl', [...request, '-subj', '/CN=Test', '-keyout', caKey, '-out', ca]);
    const names = `subjectAltName=DNS:${DOMAIN},DNS:${TURN_DOMAIN}`;
    await succeed('openssl', [
      ...[...request, '-subj', `/CN=${DOMAIN}`, '-CA', ca, '-CAkey', caKey],
      ...['-addext', names, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', join(lineage, 'privkey.pem'), '-out', join(lineage, 'cert.pem')],
    ]);
    await cp(join(lineage, 'cert.pem'), join(lineage, 'fullchain.pem'));
    const hook = this.path('etc/letsencrypt/renewal-hooks/deploy/azaan');
    const { code, stderr } = await run(hook, [], { RENEWED_LINEAGE: lineage });
    if (code !== 0) throw new Error(stderr);
  }

  private async startDaemons(): Promise<void> {
    const { coturn } = this;
    const support = (file: string) => [process.execPath, join(import.meta.dirname, file)];
    await writeFile(`/etc/netns/${coturn.network.namespace('server')}/resolv.conf`, 'nameserver 127.0.0.1\n');
    await coturn.run([...support('dns.mjs'), this.path('fake/dns.json')], 'udp:53');
    const services = [9_090, 9_093, 9_100].map((port) => `${port}=${this.path(`fake/http-${port}`)}`);
    await coturn.run([...support('json-files.mjs'), ...services], 'tcp:9090', 'tcp:9093', 'tcp:9100');
    const nginx = ['nginx', '-p', this.path(''), '-c', this.path('etc/nginx/nginx.conf'), '-g', 'daemon off;'];
    await coturn.run(nginx, 'tcp:80', 'tcp:443');
    const relay = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
    const environment = ['env', '-C', REPOSITORY, `ENV_FILE=${this.path('etc/azaan/relay.env')}`];
    await coturn.run([...relay, ...environment, process.execPath, 'dist/main.js'], 'tcp:3000', `udp:49152`);
    const { stdout } = await this.on('ss', '-Hlntp', 'sport = :3000');
    const pid = /pid=(\d+)/.exec(stdout)?.[1] ?? '';
    await mkdir(this.path(`proc/${pid}`));
    await chown(this.path(`proc/${pid}`), NOBODY, NOBODY);
    const script = this.path('opt/azaan-relay/current/dist/main.js');
    const pinned = await readFile(join(REPOSITORY, '.nvmrc'), 'utf8');
    await this.put('fake/pm2-jlist', pm2List(pid, script, pinned.trim()));
  }
}
