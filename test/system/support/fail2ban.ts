import { cp, writeFile } from 'node:fs/promises';
import { Daemon } from '../../support/daemon.js';
import { succeed, type Machine } from './machine.js';
import type { Network } from './network.js';

/** fail2ban on the server of a network, with the rendered jails; it reads files, as there is no journal. */
export class Fail2ban implements AsyncDisposable {
  private daemon!: Daemon;

  private constructor(
    private readonly network: Network,
    private readonly paths: readonly string[],
  ) {}

  /** @param changes of its configuration, line by line @returns once it has these jails */
  static async start(machine: Machine, network: Network, changes: readonly string[], jails: readonly string[]) {
    const folder = machine.path('etc/fail2ban');
    await cp('/etc/fail2ban', folder, { recursive: true, force: false });
    await writeFile(`${folder}/jail.d/zz-test.conf`, ['[DEFAULT]', 'backend = polling', ...changes, ''].join('\n'));
    const database = `s#^dbfile = .*#dbfile = ${machine.path('f2b.sqlite3')}#`;
    await succeed('sed', ['-i', database, `${folder}/fail2ban.conf`]);
    const paths = ['-s', machine.path('f2b.sock'), '-p', machine.path('f2b.pid'), '-c', folder];
    const fail2ban = new Fail2ban(network, paths);
    const server = network.on('server', 'fail2ban-server', '-f', ...paths, '--logtarget', 'STDOUT');
    fail2ban.daemon = await Daemon.start(server, async () => {
      const status = await fail2ban.client('status');
      return jails.every((jail) => status.includes(jail));
    });
    return fail2ban;
  }

  get output(): string {
    return this.daemon.output;
  }

  /** What `fail2ban-client` prints. */
  async client(...args: string[]): Promise<string> {
    return (await this.network.run('server', ['fail2ban-client', ...this.paths, ...args])).stdout;
  }

  /** Those of the server's firewall. */
  async rules(): Promise<string> {
    return (await this.network.run('server', ['iptables', '-S'])).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop();
  }
}
