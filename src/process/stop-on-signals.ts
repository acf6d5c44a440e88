import process from 'node:process';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** The whole stop may take this long; a supervisor that waits longer is never needed. */
export const STOP_DEADLINE_MS = 5_000;
/** Calls under way get this long before their connections are cut. */
const DRAIN_MS = 2_000;

/** SIGTERM and SIGINT close the application and exit 0; a stop that hangs exits 1 at its deadline. */
export function stopOnSignals(app: NestExpressApplication): void {
  const logger = new Logger('Stop');

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.log({ msg: 'stopping', signal });
    setTimeout(() => app.getHttpServer().closeAllConnections(), DRAIN_MS).unref();
    setTimeout(() => {
      logger.error(`not stopped after ${STOP_DEADLINE_MS} ms`);
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    try {
      await app.close();
      process.exit(0);
    } catch (error) {
      logger.error(error);
      process.exit(1);
    }
  };

  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop(signal);
    });
  }
}
