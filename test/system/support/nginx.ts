import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Daemon } from '../../support/daemon.js';
import { freePorts } from '../../support/loopback.js';
import { Machine, run, succeed, type Outcome } from './machine.js';

export const DOMAIN = 'azaan.example.org';
export const TURN_DOMAIN = 'turn.example.org';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A running nginx with the rendered configuration, on ports of its own, with a certificate made for it. */
export class Nginx implements AsyncDisposable {
  private daemon: Daemon | undefined;

  private constructor(
    readonly machine: Machine,
    readonly httpPort: string,
    readonly httpsPort: string,
    readonly turnTlsPort: string,
  ) {}

  /** @param answers on top of the example's and of the ports */
  static async start(answers: Readonly<Record<string, string>> = {}): Promise<Nginx> {
    const [http = '', https = '', inner = '', strip = '', turnTls = ''] = await freePorts(5);
    const machine = await Machine.make({
      HTTP_PORT: http,
      HTTPS_PORT: https,
      HTTPS_INNER_PORT: inner,
      TURN_STRIP_PORT: strip,
      TURN_TLS_PORT: turnTls,
      // Where nginx looks for coturn.
      PRIVATE_IP: '127.0.0.1',
      ...answers,
    });
    const nginx = new Nginx(machine, http, https, turnTls);
    await selfSign(machine.path('etc/azaan/tls/fullchain.pem'), machine.path('etc/azaan/tls/privkey.pem'));
    await nginx.launch();
    return nginx;
  }

  /** Calls through TLS, with curl; `args` are curl's. */
  async call(path: string, ...args: string[]): Promise<HttpAnswer> {
    const { stdout } = await this.curl(`https://${DOMAIN}:${this.httpsPort}${path}`, ...args);
    return parseAnswer(stdout);
  }

  async callPlain(path: string, ...args: string[]): Promise<HttpAnswer> {
    const { stdout } = await this.curl(`http://${DOMAIN}:${this.httpPort}${path}`, ...args);
    return parseAnswer(stdout);
  }

  curl(url: string, ...args: string[]): Promise<Outcome> {
    const at = [DOMAIN, TURN_DOMAIN, 'other.example.org'].flatMap((name) => [
      '--resolve',
      `${name}:${this.httpsPort}:127.0.0.1`,
      '--resolve',
      `${name}:${this.httpPort}:127.0.0.1`,
    ]);
    const ca = ['--cacert', this.machine.path('etc/azaan/tls/fullchain.pem')];
    return run('curl', ['-sS', '-i', '--max-time', '20', ...ca, ...at, ...args, url]);
  }

  async accessLog(): Promise<Record<string, unknown>[]> {
    const text = await readFile(this.machine.path('var/log/nginx/access.json'), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async renderAgain(changes: Readonly<Record<string, string>>): Promise<void> {
    await this.daemon?.stop();
    await this.machine.render(changes);
    await this.launch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon?.stop();
    await this.machine[Symbol.asyncDispose]();
  }

  private get config(): string {
    return this.machine.path('etc/nginx/nginx.conf');
  }

  private async launch(): Promise<void> {
    const args = ['-p', this.machine.root, '-c', this.config];
    await succeed('nginx', ['-t', ...args]);
    this.daemon = await Daemon.start(['nginx', ...args, '-g', 'daemon off;'], () => accepts(Number(this.httpsPort)));
  }
}

/** A certificate for both names that signs itself. */
export async function selfSign(certificate: string, key: string): Promise<void> {
  await succeed('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${DOMAIN}`, '-addext', `subjectAltName=DNS:${DOMAIN},DNS:${TURN_DOMAIN}`],
    ...['-keyout', key, '-out', certificate],
  ]);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** The last of the answers that curl printed: before it there may be a 100. */
function parseAnswer(text: string): HttpAnswer {
  const parts = text.split('\r\n\r\n');
  const at = parts.findLastIndex((part) => part.startsWith('HTTP/'));
  const [first = '', ...lines] = (parts[at] ?? '').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = parts.slice(at + 1).join('\r\n\r\n');
  return { status: Number(first.split(' ')[1] ?? 0), headers: Object.fromEntries(headers), body };
}
