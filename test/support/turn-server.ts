import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { freePorts, openUdp } from './loopback.js';

const CLIENT_TIMEOUT_MS = 20_000;

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

/** A real coturn on loopback that knows the given secrets; it ends with its test. */
export class TurnServer implements AsyncDisposable {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(secrets: readonly string[]): Promise<TurnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'azaan-turn-'));
    const port = Number((await freePorts(1))[0]);
    const config = join(folder, 'turnserver.conf');
    await writeFile(config, configuration(folder, port, secrets));
    return new TurnServer(await Daemon.start(['turnserver', '-c', config], () => answersBinding(port)), folder, port);
  }

  /** As in `TURN_URLS`. */
  get urls(): readonly [udp: string, tcp: string] {
    return [`turn:127.0.0.1:${this.port}?transport=udp`, `turn:127.0.0.1:${this.port}?transport=tcp`];
  }

  /** Sends packets through the server to an echo, with coturn's own client, and counts what comes back. */
  async relay(
    transport: 'udp' | 'tcp',
    { username, credential }: TurnCredentials,
  ): Promise<{ sent: number; back: number }> {
    const echo = await openUdp();
    echo.on('message', (message, { port, address }) => echo.send(message, port, address));
    try {
      const peer = ['-e', '127.0.0.1', '-r', String(echo.address().port)];
      const how = [...(transport === 'tcp' ? ['-t'] : []), '-c', '-n', '10'];
      const output = await run('turnutils_uclient', [
        ...[...how, ...peer],
        ...['-u', username, '-w', credential, '-p', String(this.port), '127.0.0.1'],
      ]);
      // Its exit code is 0 whatever happens.
      const bytes = /tot_send_bytes ~ (\d+), tot_recv_bytes ~ (\d+)/.exec(output.split('\n').findLast(isTotal) ?? '');
      return { sent: Number(bytes?.[1] ?? 0), back: Number(bytes?.[2] ?? 0) };
    } finally {
      echo.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
    await rm(this.folder, { recursive: true });
  }
}

const isTotal = (line: string) => line.includes('tot_recv_bytes');

function configuration(folder: string, port: number, secrets: readonly string[]): string {
  return [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    'realm=azaan.test',
    'fingerprint',
    'use-auth-secret',
    ...secrets.map((secret) => `static-auth-secret=${secret}`),
    'user-quota=12',
    // Everything of a test is on loopback; a server on the internet must refuse it.
    'allow-loopback-peers',
    'no-multicast-peers',
    'no-cli',
    'no-tls',
    'no-dtls',
    'simple-log',
    'log-file=stdout',
    `pidfile=${join(folder, 'pid')}`,
    `userdb=${join(folder, 'db')}`,
    '',
  ].join('\n');
}

/** A STUN binding request (RFC 8489), which needs no credential. */
async function answersBinding(port: number): Promise<boolean> {
  const socket = await openUdp();
  const request = Buffer.alloc(20);
  request.writeUInt16BE(1, 0);
  request.writeUInt32BE(0x2112a442, 4);
  try {
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(500) });
    socket.send(request, port, '127.0.0.1');
    await answered;
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: CLIENT_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(new Error(`${program} is not installed`));
      else resolve(stdout + stderr);
    });
  });
}
