import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { end, listen } from './loopback.js';

const POLL_MS = 100;

/** One alert, as Alertmanager's webhook tells it. */
export interface DeliveredAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where alerts go in tests: a webhook, and what stands in for Slack and for Telegram. */
export class AlertReceiver implements AsyncDisposable {
  url = '';
  readonly alerts: DeliveredAlert[] = [];
  /** Texts of the messages, attachments included. */
  readonly slackMessages: string[] = [];
  readonly telegramMessages: string[] = [];
  /** How often the dead man's switch was called. */
  watchdogCalls = 0;

  private readonly http = createServer((request, response) => {
    void this.take(request).then((answer) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  static async start(): Promise<AlertReceiver> {
    const receiver = new AlertReceiver();
    receiver.url = `http://127.0.0.1:${await listen(receiver.http)}`;
    return receiver;
  }

  /** The newest delivery about an alert. @throws Error that lists what came instead */
  async until(alertname: string, status: DeliveredAlert['status'], timeoutMs: number): Promise<DeliveredAlert> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const newest = this.alerts.findLast(({ labels }) => labels['alertname'] === alertname);
      if (newest?.status === status) return newest;
      if (performance.now() > deadlineMs) {
        const seen = this.alerts.map((alert) => `${alert.labels['alertname'] ?? ''} ${alert.status}`);
        throw new Error(`${alertname} was not ${status} within ${timeoutMs} ms; delivered: ${seen.join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.http);
  }

  private async take(request: IncomingMessage): Promise<object> {
    const body = (await json(request)) as {
      alerts?: DeliveredAlert[];
      attachments?: { title: string; text: string }[];
      text?: string;
    };
    const path = request.url ?? '';
    if (path === '/webhook') this.alerts.push(...(body.alerts ?? []));
    if (path === '/watchdog') this.watchdogCalls += 1;
    if (path === '/slack') this.slackMessages.push(...body.attachments!.map(({ title, text }) => `${title}\n${text}`));
    if (path.endsWith('/sendMessage')) this.telegramMessages.push(body.text!);
    return { ok: true, result: { message_id: 1, chat: { id: 1 } } };
  }
}
