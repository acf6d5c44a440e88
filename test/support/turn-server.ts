import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { freePorts, openUdp } from './loopback.js';

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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.kill();
    await rm(this.folder, { recursive: true });
  }
}

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
