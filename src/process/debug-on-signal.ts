import process from 'node:process';
import { Logger } from '@nestjs/common';
import type { Logger as PinoLogger } from 'pino';

/** Long enough to see what is wrong, and nobody has to remember to turn it off. */
const DEBUG_FOR_MINUTES = 15;

/**
 * SIGUSR2 has the server log at `debug` for a while; another one, or the end of that while, puts the level back. The audit
 * log stays as it is.
 *
 * @param root the logger that all others derive from
 */
export function debugOnSignal(root: Pick<PinoLogger, 'level'>): void {
  const logger = new Logger('LogLevel');
  const usual = root.level;
  let timer: NodeJS.Timeout | undefined;

  const putBack = (): void => {
    clearTimeout(timer);
    timer = undefined;
    logger.log(`the level is ${usual} again`);
    root.level = usual;
  };

  process.on('SIGUSR2', () => {
    if (timer !== undefined) {
      putBack();
      return;
    }
    root.level = 'debug';
    timer = setTimeout(putBack, DEBUG_FOR_MINUTES * 60_000).unref();
    logger.log(`the level is debug for ${DEBUG_FOR_MINUTES} minutes`);
  });
}
