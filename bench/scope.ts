import { LiveLine } from '../src/cli/live-line.js';

const EXIT_INTERRUPTED = 130;

export interface Closeable {
  close(): Promise<void>;
}

/** What a run has opened, closed in reverse order: at its end, on Ctrl-C, or when it fails. */
export class Scope {
  private readonly open: Closeable[] = [];

  use<T extends Closeable>(resource: T): T {
    this.open.push(resource);
    return resource;
  }

  /** Everything is closed, even when some of it fails to. */
  async close(): Promise<void> {
    for (let resource = this.open.pop(); resource; resource = this.open.pop()) {
      await resource.close().catch((error: unknown) => console.error('while closing:', error));
    }
  }
}

/**
 * Runs a command of the terminal, and sets its exit code. What it opened is closed at its end, on Ctrl-C, or when it fails.
 *
 * @param command resolves to whether all went well
 */
export async function runInScope(command: (scope: Scope, line: LiveLine) => Promise<boolean>): Promise<void> {
  const scope = new Scope();
  const line = new LiveLine();
  const run = { interrupted: false };
  const interrupt = (): void => {
    run.interrupted = true;
    line.end();
    void scope.close().then(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    if (!(await command(scope, line))) process.exitCode = 1;
  } catch (error) {
    line.end();
    // What fails because its processes were just closed is not worth a word.
    if (!run.interrupted) console.error(error instanceof Error ? error.message : error);
    process.exitCode = run.interrupted ? EXIT_INTERRUPTED : 1;
  } finally {
    line.end();
    await scope.close();
  }
}
