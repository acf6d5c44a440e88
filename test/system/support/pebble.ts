import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVER_IP } from './network.js';
import { selfSign } from './nginx.js';

const ACME_PORT = 14_000;

/** Where it runs: `run` starts a program that lives as long as the machine, and waits for a port as `ss` shows it. */
export interface PebbleHost {
  readonly folder: string;
  run(command: readonly string[], port: string): Promise<unknown>;
}

/** An authority (RFC 8555) for tests. It resolves every name to the server of their network, and calls port 80. */
export class Pebble {
  private constructor(
    /** Its own certificate, for certbot to believe. */
    readonly authorityFile: string,
  ) {}

  /** The same authority under two names. */
  static readonly directories = [`https://localhost:${ACME_PORT}/dir`, `https://127.0.0.1:${ACME_PORT}/dir`] as const;

  static async start(host: PebbleHost): Promise<Pebble> {
    const [certificate, privateKey] = [join(host.folder, 'pebble.pem'), join(host.folder, 'pebble-key.pem')];
    await selfSign(certificate, privateKey, ['localhost', '127.0.0.1']);
    const config = join(host.folder, 'pebble.json');
    const listen = { listenAddress: `127.0.0.1:${ACME_PORT}`, managementListenAddress: '127.0.0.1:15000' };
    const pebble = { ...listen, certificate, privateKey, httpPort: 80, tlsPort: 443, ocspResponderURL: '' };
    await writeFile(config, JSON.stringify({ pebble }));
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
    const names = ['-dns01', '127.0.0.1:8053', '-management', '127.0.0.1:8055', '-defaultIPv6', ''];
    await host.run(['pebble-challtestsrv', ...off, ...names, '-defaultIPv4', SERVER_IP], 'udp:8053');
    // It waits and refuses at random otherwise, to annoy clients.
    const patient = ['env', 'PEBBLE_VA_NOSLEEP=1', 'PEBBLE_WFE_NONCEREJECT=0'];
    await host.run([...patient, 'pebble', '-config', config, '-dnsserver', '127.0.0.1:8053'], `tcp:${ACME_PORT}`);
    return new Pebble(certificate);
  }
}
