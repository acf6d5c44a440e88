import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pcmSamples } from '../sound/pcm-samples.js';
import { CONNECT_TIMEOUT_MS, suiteNamed, type ClientPeer, type Ear, type PeerSettings, type Suite } from './client.js';

const OFFER_TIMEOUT_MS = 20_000;

/** What a program says, one JSON object a line. */
interface Message {
  readonly version?: string;
  readonly offer?: string;
  /** Media can flow. */
  readonly connected?: true;
  /** By any of its names. */
  readonly suite?: string;
  /** Decoded sound: 16 bits, little-endian, mono, 48 kHz, in base64. */
  readonly pcm?: string;
  /** The payload of an RTP packet, in base64. */
  readonly opus?: string;
}

const PCM_RATE = 48_000;

/**
 * A client in a program of its own, in its own language. It reads two lines: `{role, suite, tape}`, and `{answer}` once it
 * has said its offer. It ends when its input does.
 */
export class ProgramPeer implements ClientPeer {
  version = '–';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly heard = new Map<keyof Message, Message>();
  private lastWords = '';
  private ended = false;
  private wake: () => void = () => undefined;

  constructor([program, ...args]: readonly [string, ...string[]], { role, suite, tape, ear }: PeerSettings) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdin.on('error', () => undefined);
    createInterface(this.child.stderr).on('line', (line) => this.remember(line));
    createInterface(this.child.stdout).on('line', (line) => this.take(line, ear));
    // Its last words are read by then.
    this.child.on('close', () => this.end());
    this.child.on('error', ({ message }) => {
      this.remember(message);
      this.end();
    });
    this.tell({ role, suite, tape: tape.map(({ packet }) => packet.toString('base64')) });
  }

  async makeOffer(): Promise<string> {
    const { offer } = await this.until('offer', OFFER_TIMEOUT_MS);
    this.version = this.heard.get('version')?.version ?? this.version;
    return offer ?? '';
  }

  async connect(answer: string): Promise<number> {
    const startMs = performance.now();
    this.tell({ answer });
    await this.until('connected', CONNECT_TIMEOUT_MS);
    return performance.now() - startMs;
  }

  suite(): Promise<Suite | undefined> {
    return Promise.resolve(suiteNamed(this.heard.get('suite')?.suite));
  }

  async close(): Promise<void> {
    if (this.ended) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }

  private tell(message: object): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  private take(line: string, ear: Ear): void {
    // What is no message is a library that chatters.
    if (!line.startsWith('{')) {
      this.remember(line);
      return;
    }
    const message = JSON.parse(line) as Message;
    if (message.opus !== undefined) ear.opus(Buffer.from(message.opus, 'base64'));
    else if (message.pcm !== undefined) ear.pcm(pcmSamples(message.pcm), PCM_RATE);
    else for (const key of Object.keys(message)) this.heard.set(key as keyof Message, message);
    this.wake();
  }

  private remember(line: string): void {
    this.lastWords = line;
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }

  private async until(key: keyof Message, timeoutMs: number): Promise<Message> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const message = this.heard.get(key);
      if (message !== undefined) return message;
      const leftMs = deadlineMs - performance.now();
      if (this.ended || leftMs <= 0) {
        const how = this.ended ? `ended before "${key}"` : `said no "${key}" within ${timeoutMs / 1_000} s`;
        throw new Error([how, this.lastWords].filter(Boolean).join(': '));
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
