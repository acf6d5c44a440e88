import http from 'node:http';
import https from 'node:https';

/** Answer to an offer; undefined when the relay knows no such broadcast (200 `{}`). */
export type OfferResult = string | undefined;

export interface Offer {
  readonly connectionID: string;
  readonly version: string;
  readonly sdp: string;
}

/** One line of `GET /broadcast`. */
export interface ListedListener {
  readonly version?: string | number;
  readonly state: string;
}

export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(readonly status: number) {
    super(`the relay answered ${status}`);
  }
}

/** The relay's HTTP contract, as a client sees it. Calls reject after `timeoutMs`. */
export class RelayClient {
  private readonly protocol: typeof http | typeof https;
  private readonly agent: http.Agent;

  constructor(
    private readonly url: string,
    private readonly timeoutMs = 10_000,
  ) {
    this.protocol = new URL(url).protocol === 'https:' ? https : http;
    this.agent = new this.protocol.Agent({ keepAlive: true });
  }

  broadcast(offer: Offer, token: string | undefined): Promise<OfferResult> {
    return this.offer('/broadcast', offer, token);
  }

  join(offer: Offer): Promise<OfferResult> {
    return this.offer('/consumer', offer);
  }

  async listeners(connectionID: string): Promise<readonly ListedListener[]> {
    const list = (await this.call('GET', '/broadcast')) as Record<string, ListedListener[]>;
    return list[connectionID] ?? [];
  }

  async health(): Promise<void> {
    await this.call('GET', '/healthz');
  }

  close(): void {
    this.agent.destroy();
  }

  private async offer(path: string, offer: Offer, token?: string): Promise<OfferResult> {
    const { connectionID, version, sdp } = offer;
    const body = { connectionID, version, sdp: { type: 'offer', sdp } };
    const answer = (await this.call('POST', path, body, token)) as { sdp?: { sdp: string } };
    return answer.sdp?.sdp;
  }

  private call(method: 'GET' | 'POST', path: string, body?: object, token?: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const text = body ? JSON.stringify(body) : '';
      const headers = {
        ...(body ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      };
      const call = this.protocol.request(
        new URL(path, this.url),
        { method, headers, agent: this.agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode !== 200) {
              reject(new RefusedError(response.statusCode ?? 0));
              return;
            }
            try {
              resolve(JSON.parse(Buffer.concat(chunks).toString()));
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      );
      call.setTimeout(this.timeoutMs, () => call.destroy(new Error(`no answer within ${this.timeoutMs} ms`)));
      call.on('error', reject);
      call.end(text);
    });
  }
}
