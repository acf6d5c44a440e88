import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { nomination, type IceLogin } from './ice-check.js';
import { openUdp } from './loopback.js';
import { ATTRIBUTE, decodeStun, STUN_METHOD, stunMessage, type StunAttribute, type StunMessage } from './stun.js';

const ANSWER_TIMEOUT_MS = 2_000;

/** One address that sends ICE checks by hand, and whatever else a test wants to come from there. */
export class StunClient implements AsyncDisposable {
  /** Everything that came, answers to checks too. */
  readonly received: Buffer[] = [];
  private readonly waiting = new Map<string, (answer: StunMessage) => void>();

  private constructor(
    private readonly socket: Socket,
    private readonly relayPort: number,
    private readonly login: IceLogin,
  ) {
    socket.on('message', (datagram) => {
      this.received.push(datagram);
      const message = decodeStun(datagram);
      if (message !== undefined) this.waiting.get(message.transactionId.toString('hex'))?.(message);
    });
  }

  static async open(relayPort: number, login: IceLogin): Promise<StunClient> {
    return new StunClient(await openUdp(), relayPort, login);
  }

  /** `address:port` as the relay sees it. */
  get address(): string {
    const { address, port } = this.socket.address();
    return `${address}:${port}`;
  }

  /**
   * Sends a binding request, signed; that of a controlling agent which nominates unless the attributes say otherwise.
   *
   * @returns undefined when no answer came in time
   */
  async check(attributes: readonly StunAttribute[] = nomination()): Promise<StunMessage | undefined> {
    const transactionId = randomBytes(12);
    const { userName, password } = this.login;
    const all: StunAttribute[] = [[ATTRIBUTE.username, Buffer.from(userName)], ...attributes];
    const key = transactionId.toString('hex');
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<StunMessage | undefined>((resolve) => {
      this.waiting.set(key, resolve);
      timer = setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS);
    });
    this.send(stunMessage({ type: STUN_METHOD.request, attributes: all, password, transactionId }));
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(key);
    }
  }

  send(datagram: Buffer): void {
    this.socket.send(datagram, this.relayPort, '127.0.0.1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
