import { existsSync } from 'node:fs';
import process from 'node:process';
import type { AppConfig } from './app-config.js';
import { loadConfig } from './load-config.js';

const ENV_FILE = '.env';

/**
 * The configuration of this process: its environment, completed by a `.env` file in the working directory if there is
 * one. What is set in the environment wins.
 *
 * @throws ConfigError with one line for every bad variable
 */
export function processConfig(): AppConfig {
  // Tests say all that they want; a developer's own file must not change them.
  if (process.env['NODE_ENV'] !== 'test' && existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  return loadConfig(process.env);
}
