import process from 'node:process';
import { Logger } from '@nestjs/common';
import { ConfigError } from '../config/config-error.js';
import { processConfig } from '../config/process-config.js';
import type { SecretsService } from '../config/secrets.js';

/**
 * SIGHUP reads the environment file again and puts its secrets in force: keys and TURN secrets change without a restart.
 * A file that is not sound as a whole changes nothing. Everything else waits for a restart.
 */
export function reloadOnHangup(secrets: SecretsService): void {
  // From a terminal, the signal says that its window was closed: the server ends with it.
  if (process.stdin.isTTY) return;
  const logger = new Logger('Reload');
  process.on('SIGHUP', () => {
    try {
      secrets.replace(processConfig().secrets);
      logger.log('keys and secrets were read again');
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [String(error)];
      logger.error({ msg: 'keys and secrets stay as they were', problems });
    }
  });
}
