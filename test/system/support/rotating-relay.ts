import { appendFile, mkdir } from 'node:fs/promises';
import { startServer, type TestServer } from '../../support/server.js';
import type { Machine } from './machine.js';

const MIRROR_MS = 20;

/** A relay that reads the rendered configuration, and whose log is where PM2 writes it. */
export class RotatingRelay implements AsyncDisposable {
  private mirrored = 0;
  private readonly timer = setInterval(() => void this.mirror(), MIRROR_MS);

  private constructor(
    private readonly server: TestServer,
    private readonly log: string,
  ) {}

  static async start(machine: Machine): Promise<RotatingRelay> {
    await mkdir(machine.path('var/log/azaan'), { recursive: true });
    const server = await startServer({
      ENV_FILE: machine.path('etc/azaan/relay.env'),
      PUBLIC_IP: '127.0.0.1',
      MEDIA_WORKERS: '1',
    });
    return new RotatingRelay(server, machine.path('var/log/azaan/relay.log'));
  }

  get url(): string {
    return this.server.url;
  }

  get pid(): number {
    return this.server.pid;
  }

  get lines(): readonly string[] {
    return this.server.logs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.server.close();
  }

  private async mirror(): Promise<void> {
    const lines = this.server.logs().slice(this.mirrored);
    this.mirrored += lines.length;
    if (lines.length > 0) await appendFile(this.log, `${lines.join('\n')}\n`);
  }
}
