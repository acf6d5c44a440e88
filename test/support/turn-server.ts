import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '../system/support/machine.js';
import { mustNotOutliveUs } from './outlive.js';

const START_TIMEOUT_MS = 10_000;
const CLIENT_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

/** A real coturn on loopback that knows the given secrets; it ends with its test. */
export class TurnServer implements AsyncDisposable {
  readonly lines: string[] = [];
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly port: number,
  ) {
    mustNotOutliveUs(child);
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface(output).on('line', (line) => this.lines.push(line));
    }
  }

  static async start(secrets: readonly string[]): Promise<TurnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'azaan-turn-'));
    const port = Number((await freePorts(1))[0]);
    const config = join(folder, 'turnserver.conf');
    await writeFile(config, configuration(folder, port, secrets));
    const server = new TurnServer(spawn('turnserver', ['-c', config]), folder, port);
    try {
      await server.untilItRelays();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
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
    const echo = createSocket('udp4');
    echo.on('message', (message, { port, address }) => {
      echo.send(message, port, address);
    });
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
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
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const closed = once(this.child, 'close');
      this.child.kill('SIGKILL');
      await closed;
    }
    await rm(this.folder, { recursive: true });
  }

  private async untilItRelays(): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await answersBinding(this.port))) {
      if (this.child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`coturn did not start:\n${this.lines.slice(-20).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
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
  const socket = createSocket('udp4');
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
