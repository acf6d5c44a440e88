import { createHmac } from 'node:crypto';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from '../../support/daemon.js';
import { INFRA, Machine, succeed } from './machine.js';
import { Network, SERVER_IP } from './network.js';
import { DOMAIN, selfSign, TURN_DOMAIN } from './nginx.js';

export const PUBLIC_IP = '9.9.0.10';
export const SECRET = 'first-secret-0123456789-0123456789-01';
export const MEDIA_PORT = 49_152;

export interface Credential {
  readonly username: string;
  readonly credential: string;
}

/** As the relay does it, with any secret and expiry. */
export function credentialOf(secret: string, expiresAtSeconds: number, client = 'somebody'): Credential {
  const username = `${expiresAtSeconds}:${client}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

/** A coturn with the rendered configuration, on a network of its own, where the ports are the real ones. */
export class Coturn implements AsyncDisposable {
  private readonly daemons: Daemon[] = [];

  private constructor(
    readonly machine: Machine,
    readonly network: Network,
  ) {}

  /** @param answers on top of the example's, of an address behind a translation, and of the secret */
  static async start(answers: Readonly<Record<string, string>> = {}): Promise<Coturn> {
    const machine = await Machine.make({ PUBLIC_IP, PRIVATE_IP: SERVER_IP, TURN_SECRETS: SECRET, ...answers });
    const coturn = new Coturn(machine, await Network.make(DOMAIN, TURN_DOMAIN));
    try {
      await coturn.prepare();
      await coturn.run(['turnserver', '-c', machine.path('etc/turnserver.conf')], 'udp:3478', 'tcp:3478', 'tcp:5349');
      return coturn;
    } catch (error) {
      await coturn[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What it and the programs beside it printed. */
  get output(): string {
    return this.daemons.map(({ output }) => output).join('');
  }

  /** Starts a program beside coturn, which listens on these ports once it is ready. */
  async run(command: readonly string[], ...ports: string[]): Promise<Daemon> {
    const { network } = this;
    const daemon = await Daemon.start(network.on('server', ...command), () => network.listens('server', ...ports));
    this.daemons.push(daemon);
    return daemon;
  }

  /** nginx in front of it, with the rendered configuration. */
  runNginx(): Promise<Daemon> {
    const config = ['-p', this.machine.root, '-c', this.machine.path('etc/nginx/nginx.conf')];
    return this.run(['nginx', ...config, '-g', 'daemon off;'], 'tcp:443');
  }

  /** An echo where the relay's first media worker would be. */
  runMedia(): Promise<Daemon> {
    return this.run(['turnutils_peer', '-L', SERVER_IP, '-p', String(MEDIA_PORT)], `udp:${MEDIA_PORT}`);
  }

  /** Sends packets to the media port and back with coturn's own client; `how` are its options. Counts bytes. */
  async relayed({ username, credential }: Credential, ...how: string[]): Promise<{ sent: number; back: number }> {
    const peer = ['-e', SERVER_IP, '-r', String(MEDIA_PORT), '-c'];
    // Of an option that is given twice, the later one counts.
    const options = ['-n', '10', ...how, ...peer, '-u', username, '-w', credential];
    const command = ['turnutils_uclient', ...options, SERVER_IP];
    const { stdout, stderr } = await this.network.run('client', command);
    // Its exit code is 0 whatever happens, and the last line of this kind counts everything.
    const totals = [...(stdout + stderr).matchAll(/tot_send_bytes ~ (\d+), tot_recv_bytes ~ (\d+)/g)].at(-1);
    return { sent: Number(totals?.[1] ?? 0), back: Number(totals?.[2] ?? 0) };
  }

  /** Runs a program of this folder on the client's side. */
  async probe<T>(file: string, question: Readonly<Record<string, unknown>>): Promise<T> {
    const server = { host: SERVER_IP, port: 3478, transport: 'udp' };
    const command = [process.execPath, join(import.meta.dirname, file), JSON.stringify({ server, ...question })];
    const authority = { NODE_EXTRA_CA_CERTS: this.machine.path('etc/azaan/turn-tls/fullchain.pem') };
    const { code, stdout, stderr } = await this.network.run('client', command, authority);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.daemons) await daemon.stop();
    await this.network[Symbol.asyncDispose]();
    await this.machine[Symbol.asyncDispose]();
  }

  private async prepare(): Promise<void> {
    const { machine } = this;
    const owned = ['etc/azaan/turn-tls', 'var/lib/turn', 'var/log/turnserver', 'run/turnserver'].map((path) =>
      machine.path(path),
    );
    for (const folder of owned) await mkdir(folder, { recursive: true });
    const [certificate, key] = ['fullchain.pem', 'privkey.pem'].map((file) => machine.path('etc/azaan/turn-tls', file));
    await selfSign(certificate!, key!);
    await chmod(key!, 0o600);
    // As one certificate for both names: the folder is read by nginx, which is root.
    await cp(machine.path('etc/azaan/turn-tls'), machine.path('etc/azaan/tls'), { recursive: true });
    await succeed('chown', ['-R', 'turnserver:turnserver', ...owned, machine.path('etc/turnserver.conf')]);
    await succeed(join(INFRA, 'parts/turn/secrets'), ['sync'], { AZAAN_ANSWERS: machine.answersFile });
  }
}
