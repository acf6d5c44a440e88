import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AlertReceiver } from '../../support/alert-receiver.js';
import { Daemon } from '../../support/daemon.js';
import { freePorts } from '../../support/loopback.js';
import { Machine } from '../support/machine.js';

export const MONITORING = fileURLToPath(new URL('../../../infra/parts/monitoring/', import.meta.url));

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The same configuration, in which time runs faster: every wait, interval and window is divided. */
export function hurried(configuration: string, factor: number): string {
  const divided = (all: string, count: string, unit: string): string =>
    all.replace(`${count}${unit}`, `${Math.ceil((Number(count) * UNIT_MS[unit]!) / factor)}ms`);
  return configuration
    .replaceAll(/\b(?:for|interval|\w+_(?:interval|timeout|wait)): (\d+)(ms|s|m|h|d)$/gm, divided)
    .replaceAll(/\[(\d+)(ms|s|m|h|d)\]/g, divided);
}

/** What the packages' units start a daemon with: its `ARGS`. */
export async function argumentsOf(machine: Machine, daemon: string): Promise<string[]> {
  const [, line = ''] = /^ARGS="(.*)"$/m.exec(await readFile(machine.path('etc/default', daemon), 'utf8')) ?? [];
  return line.split(' ');
}

export interface MonitoringStackOptions {
  /** `http://127.0.0.1:<port>` */
  readonly relayUrl: string;
  /** How many times faster than in production all waits pass. */
  readonly factor: number;
}

/** Prometheus, Alertmanager, blackbox exporter and node_exporter as on a server, on ports of their own. */
export class MonitoringStack implements AsyncDisposable {
  private constructor(
    readonly prometheusUrl: string,
    readonly receiver: AlertReceiver,
    /** Whose configuration they run with. */
    readonly machine: Machine,
    /** Where node_exporter looks for what scripts tell it. */
    readonly textfiles: string,
    private readonly resources: AsyncDisposableStack,
  ) {}

  static async start({ relayUrl, factor }: MonitoringStackOptions): Promise<MonitoringStack> {
    await using resources = new AsyncDisposableStack();
    const receiver = resources.use(await AlertReceiver.start());
    const [prometheus = '', alertmanager = '', blackbox = '', node = ''] = await freePorts(4);
    const { port } = new URL(relayUrl);
    const machine = resources.use(
      await Machine.make({
        APP_PORT: port,
        PUBLIC_URL: relayUrl,
        // Probed for connections only.
        PRIVATE_IP: '127.0.0.1',
        TURN_PORT: port,
        TURN_TLS_PORT: port,
        PROMETHEUS_PORT: prometheus,
        ALERTMANAGER_PORT: alertmanager,
        BLACKBOX_PORT: blackbox,
        NODE_EXPORTER_PORT: node,
        TELEGRAM_CHAT_ID: '1',
        TELEGRAM_BOT_TOKEN: '1:test',
        TELEGRAM_API_URL: receiver.url,
        SLACK_WEBHOOK_URL: `${receiver.url}/slack`,
        ALERT_WEBHOOK_URL: `${receiver.url}/webhook`,
        WATCHDOG_URL: `${receiver.url}/watchdog`,
      }),
    );
    const rules = (await readdir(machine.path('etc/prometheus/rules'))).map((file) => join('rules', file));
    for (const file of ['prometheus.yml', 'alertmanager.yml', ...rules]) {
      const path = machine.path('etc/prometheus', file);
      await writeFile(path, hurried(await readFile(path, 'utf8'), factor));
    }

    const textfiles = machine.path('var/lib/prometheus/node-exporter');
    await mkdir(textfiles, { recursive: true });
    const start = async (name: string, port: string, ready: string, ...more: string[]): Promise<void> => {
      const args = [...(await argumentsOf(machine, name)), ...more];
      resources.use(await Daemon.startAnswering(`http://127.0.0.1:${port}${ready}`, [name, ...args]));
    };
    await start('prometheus-node-exporter', node, '/');
    await start('prometheus-blackbox-exporter', blackbox, '/-/healthy');
    await start('prometheus-alertmanager', alertmanager, '/-/ready');
    const resend = hurried('[1m]', factor).slice(1, -1);
    await start('prometheus', prometheus, '/-/ready', `--rules.alert.resend-delay=${resend}`);
    return new MonitoringStack(`http://127.0.0.1:${prometheus}`, receiver, machine, textfiles, resources.move());
  }

  /** The values of an instant query, by their labels as JSON. */
  async query(promql: string): Promise<{ metric: Record<string, string>; value: number }[]> {
    const response = await fetch(
      `${this.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`,
    );
    const body = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return body.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources.disposeAsync();
  }
}
