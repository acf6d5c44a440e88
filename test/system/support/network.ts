import { mkdir, rm, writeFile } from 'node:fs/promises';
import { run, succeed, type Outcome } from './machine.js';

export const SERVER_IP = '10.44.0.2';
export const CLIENT_IP = '10.44.0.3';

type Side = 'server' | 'client';

/** Two machines on one cable: network namespaces joined by a veth pair, each with its own loopback. Needs root. */
export class Network implements AsyncDisposable {
  private constructor(private readonly id: string) {}

  /** @param hostNames that both sides resolve to the server */
  static async make(...hostNames: string[]): Promise<Network> {
    const network = new Network(`az${process.pid}`);
    try {
      const [server, client] = [network.namespace('server'), network.namespace('client')];
      await succeed('ip', ['netns', 'add', server]);
      await succeed('ip', ['netns', 'add', client]);
      const cable = `link add cable netns ${server} type veth peer name cable netns ${client}`;
      await succeed('ip', cable.split(' '));
      for (const [side, address] of [
        ['server', SERVER_IP],
        ['client', CLIENT_IP],
      ] as const) {
        const namespace = network.namespace(side);
        // An IPv6 address that is still being tried would come seconds later, and a browser abandons what it loads by then.
        const noTrial = ['sysctl', '-qw', 'net.ipv6.conf.cable.accept_dad=0'];
        await succeed('ip', ['netns', 'exec', namespace, ...noTrial]);
        await succeed('ip', ['-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'cable']);
        for (const device of ['lo', 'cable']) await succeed('ip', ['-n', namespace, 'link', 'set', device, 'up']);
        // `ip netns exec` puts it in the place of /etc/hosts.
        await mkdir(`/etc/netns/${namespace}`, { recursive: true });
        await writeFile(`/etc/netns/${namespace}/hosts`, `127.0.0.1 localhost\n${SERVER_IP} ${hostNames.join(' ')}\n`);
      }
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A command line that runs a program on one side. */
  on(side: Side, ...command: string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace(side), ...command];
  }

  /** Arguments of `ip` that concern one side. */
  inside(side: Side, ...args: string[]): string[] {
    return ['-n', this.namespace(side), ...args];
  }

  run(side: Side, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const [program = '', ...args] = this.on(side, ...command);
    return run(program, args, env);
  }

  /** Whether something on that side listens on these ports, as `ss` shows them: `tcp:443`, `udp:3478`. */
  async listens(side: Side, ...ports: string[]): Promise<boolean> {
    const { stdout } = await this.run(side, ['ss', '-Hlntu']);
    const open = stdout.split('\n').map((line) => line.split(/\s+/));
    return ports.every((port) => {
      const [protocol, number] = port.split(':');
      return open.some(([netid, , , , local]) => netid === protocol && local?.endsWith(`:${number}`));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of ['server', 'client'] as const) {
      await run('ip', ['netns', 'delete', this.namespace(side)]);
      await rm(`/etc/netns/${this.namespace(side)}`, { recursive: true, force: true });
    }
  }

  /** As `ip netns` knows it. */
  namespace(side: Side): string {
    return `${this.id}-${side}`;
  }
}
