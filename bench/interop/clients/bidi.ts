import { once } from 'node:events';

const ANSWER_TIMEOUT_MS = 30_000;

interface Reply {
  readonly id?: number;
  readonly type: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** WebDriver BiDi over its WebSocket: commands and their answers, no events. */
export class BidiSession {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.settle(JSON.parse(String(data)) as Reply));
    socket.addEventListener('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the browser is gone'));
      this.waiting.clear();
    });
  }

  static async connect(url: string): Promise<BidiSession> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new BidiSession(socket);
  }

  /** @throws Error with the browser's own words */
  command<Result>(method: string, params: object): Promise<Result> {
    const id = this.nextId++;
    const answered = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), ANSWER_TIMEOUT_MS);
      const settled = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      this.waiting.set(id, {
        resolve: (result) => settled(() => resolve(result)),
        reject: (error) => settled(() => reject(error)),
      });
    });
    this.socket.send(JSON.stringify({ id, method, params }));
    return answered as Promise<Result>;
  }

  close(): void {
    this.socket.close();
  }

  private settle({ id, type, result, error, message }: Reply): void {
    const waiting = this.waiting.get(id ?? 0);
    if (waiting === undefined || id === undefined) return;
    this.waiting.delete(id);
    if (type === 'success') waiting.resolve(result);
    else waiting.reject(new Error(`${String(error)}: ${String(message)}`));
  }
}
