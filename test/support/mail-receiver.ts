import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { end, listen } from './loopback.js';

export interface Mail {
  readonly from: string;
  readonly to: string;
  /** `user:password` that the sender logged in with. */
  readonly login: string;
  /** Headers and body, as they came. */
  readonly text: string;
}

type Conversation = { -readonly [Key in keyof Mail]: string };

/** A mail server that keeps what it gets (RFC 5321), and takes it over TLS only (RFC 3207). */
export class MailReceiver implements AsyncDisposable {
  port = 0;
  readonly mails: Mail[] = [];

  private readonly server = createServer((socket) => {
    socket.on('error', () => undefined).write('220 mail\r\n');
    this.converse(socket, ['STARTTLS']);
  });

  private constructor(private readonly certificate: { readonly key: Buffer; readonly cert: Buffer }) {}

  static async start(certificate: { readonly key: Buffer; readonly cert: Buffer }): Promise<MailReceiver> {
    const receiver = new MailReceiver(certificate);
    receiver.port = await listen(receiver.server);
    return receiver;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.server);
  }

  private converse(socket: Socket, offers: readonly string[]): void {
    const mail: Conversation = { from: '', to: '', login: '', text: '' };
    let isText = false;
    let unread = '';
    const read = (chunk: Buffer): void => {
      unread += chunk.toString();
      for (let end = unread.indexOf('\r\n'); end >= 0; end = unread.indexOf('\r\n')) {
        const line = unread.slice(0, end);
        unread = unread.slice(end + 2);
        if (!isText) {
          isText = line === 'DATA';
          if (line === 'STARTTLS') socket.off('data', read);
          this.answer(socket, line, mail, offers);
        } else if (line === '.') {
          isText = false;
          this.mails.push({ ...mail });
          socket.write('250 kept\r\n');
        } else {
          mail.text += `${line}\n`;
        }
      }
    };
    socket.on('data', read);
  }

  private answer(socket: Socket, line: string, mail: Conversation, offers: readonly string[]): void {
    const [verb = '', ...rest] = line.split(/[ :]/);
    if (verb === 'STARTTLS') {
      socket.write('220 go on\r\n');
      const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(this.certificate) });
      this.converse(
        secure.on('error', () => undefined),
        ['AUTH PLAIN'],
      );
      return;
    }
    if (verb === 'AUTH') mail.login = Buffer.from(rest[1]!, 'base64').toString().slice(1).replace('\0', ':');
    if (verb === 'MAIL') mail.from = addressIn(line);
    if (verb === 'RCPT') mail.to = addressIn(line);
    const greeting = ['mail', ...offers].map((text, index) => `250${index === offers.length ? ' ' : '-'}${text}\r\n`);
    const answers: Readonly<Record<string, string>> = {
      EHLO: greeting.join(''),
      AUTH: '235 welcome\r\n',
      DATA: '354 go on\r\n',
      QUIT: '221 bye\r\n',
    };
    socket.write(answers[verb] ?? '250 well\r\n');
    if (verb === 'QUIT') socket.end();
  }
}

function addressIn(line: string): string {
  return /<(.*)>/.exec(line)?.[1] ?? '';
}
