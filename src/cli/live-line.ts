import type { WriteStream } from 'node:tty';

const ERASE_TO_END = '\x1b[K';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Where nothing can be overwritten, a line now and then is enough. */
const PLAIN_INTERVAL_MS = 10_000;

/** What is needed of `process.stdout`. */
export type LineOutput = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/**
 * One line of a terminal that is written over again and again. Where the output is no terminal (a pipe, a log), it
 * becomes plain lines: the first, then one every 10 s.
 */
export class LiveLine {
  private shown = false;
  private plainAtMs = -Infinity;

  constructor(
    private readonly output: LineOutput = process.stdout,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Replaces the line; what does not fit the width is cut. */
  update(text: string): void {
    if (this.output.isTTY === true) {
      const fitting = Array.from(text).slice(0, (this.output.columns ?? 80) - 1);
      this.output.write(`${this.shown ? '' : HIDE_CURSOR}\r${fitting.join('')}${ERASE_TO_END}`);
      this.shown = true;
    } else if (this.nowMs() - this.plainAtMs >= PLAIN_INTERVAL_MS) {
      this.plainAtMs = this.nowMs();
      this.output.write(`${text}\n`);
    }
  }

  /** Writes a lasting line above the live one. */
  log(text: string): void {
    this.output.write(this.shown ? `\r${text}${ERASE_TO_END}\n` : `${text}\n`);
  }

  /** Leaves the last text where it is and gives the terminal back. */
  end(): void {
    if (!this.shown) return;
    this.shown = false;
    this.output.write(`${SHOW_CURSOR}\n`);
  }
}

/** `━━━━━───── ` of a share between 0 and 1. */
export function progressBar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '━'.repeat(full) + '─'.repeat(width - full);
}

/** `1:05` from milliseconds. */
export function clockTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
