import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AlertReceiver } from './alert-receiver.js';
import { freePort, startDaemon } from './daemon.js';

export const MONITORING = fileURLToPath(new URL('../../infra/monitoring/', import.meta.url));

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const run = promisify(execFile);

/** What `render.ts` makes of some answers, below a folder. */
export async function renderConfiguration(folder: string, answers: Readonly<Record<string, string>>): Promise<void> {
  const file = join(folder, 'monitoring.env');
  const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(file, lines.join(''));
  await run(process.execPath, [join(MONITORING, 'render.ts'), '--answers', file, '--out', folder]);
}

/** The same configuration, in which time runs faster: every wait, interval and window is divided. */
export function hurried(configuration: string, factor: number): string {
  const divided = (all: string, count: string, unit: string): string =>
    all.replace(`${count}${unit}`, `${Math.ceil((Number(count) * UNIT_MS[unit]!) / factor)}ms`);
  return configuration
    .replaceAll(/\b(?:for|interval|\w+_(?:interval|timeout|wait)): (\d+)(ms|s|m|h|d)$/gm, divided)
    .replaceAll(/\[(\d+)(ms|s|m|h|d)\]/g, divided);
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
    /** Where node_exporter looks for what scripts tell it. */
    readonly textfiles: string,
    private readonly resources: AsyncDisposableStack,
  ) {}

  static async start({ relayUrl, factor }: MonitoringStackOptions): Promise<MonitoringStack> {
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'monitoring-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const receiver = resources.use(await AlertReceiver.start());
    const [prometheus, alertmanager, blackbox, node] = await Promise.all(
      Array.from({ length: 4 }, async () => `127.0.0.1:${await freePort()}`),
    );

    const textfiles = join(folder, 'textfiles');
    await mkdir(textfiles);
    await writeFile(join(folder, 'bot-token'), '1:test\n');
    for (const name of ['slack', 'webhook', 'watchdog'])
      await writeFile(join(folder, name), `${receiver.url}/${name}\n`);
    await renderConfiguration(folder, {
      RELAY_ADDRESS: relayUrl.replace('http://', ''),
      PUBLIC_URL: relayUrl,
      PROMETHEUS_ADDRESS: prometheus!,
      ALERTMANAGER_ADDRESS: alertmanager!,
      BLACKBOX_ADDRESS: blackbox!,
      NODE_EXPORTER_ADDRESS: node!,
      TELEGRAM_CHAT_ID: '1',
      TELEGRAM_BOT_TOKEN_FILE: join(folder, 'bot-token'),
      TELEGRAM_API_URL: receiver.url,
      SLACK_WEBHOOK_URL_FILE: join(folder, 'slack'),
      ALERT_WEBHOOK_URL_FILE: join(folder, 'webhook'),
      WATCHDOG_URL_FILE: join(folder, 'watchdog'),
    });
    const etc = join(folder, 'prometheus');
    const rules = (await readdir(join(etc, 'rules'))).map((file) => join('rules', file));
    for (const file of ['prometheus.yml', 'alertmanager.yml', ...rules]) {
      const path = join(etc, file);
      await writeFile(path, hurried(await readFile(path, 'utf8'), factor));
    }

    const start = async (command: string, address: string, ready: string, args: readonly string[]): Promise<void> => {
      const listen = `--web.listen-address=${address}`;
      resources.use(await startDaemon(command, [listen, ...args], `http://${address}${ready}`));
    };
    await start('prometheus-node-exporter', node!, '/', [
      `--collector.textfile.directory=${textfiles}`,
      '--collector.disable-defaults',
      ...['cpu', 'meminfo', 'filesystem', 'loadavg', 'netdev', 'netstat', 'textfile', 'time', 'uname', 'vmstat'].map(
        (collector) => `--collector.${collector}`,
      ),
    ]);
    await start('prometheus-blackbox-exporter', blackbox!, '/-/healthy', [
      `--config.file=${join(etc, 'blackbox.yml')}`,
    ]);
    await start('prometheus-alertmanager', alertmanager!, '/-/ready', [
      `--config.file=${join(etc, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      '--cluster.listen-address=',
    ]);
    await start('prometheus', prometheus!, '/-/ready', [
      `--config.file=${join(etc, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--rules.alert.resend-delay=${hurried('[1m]', factor).slice(1, -1)}`,
    ]);
    return new MonitoringStack(`http://${prometheus!}`, receiver, textfiles, resources.move());
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
