import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { parseEnv } from 'node:util';
import type { AppConfig } from './app-config.js';
import { loadConfig } from './load-config.js';

/**
 * The configuration of this process: its environment, completed by a `.env` file in the working directory if there is
 * one. What is set in the environment wins.
 *
 * @throws ConfigError with one line for every bad variable
 */
export function processConfig(env: NodeJS.ProcessEnv = process.env, envFile = '.env'): AppConfig {
  // Tests say all that they want; a developer's own file must not change them.
  if (env['NODE_ENV'] === 'test' || !existsSync(envFile)) return loadConfig(env);
  return loadConfig({ ...parseEnv(readFileSync(envFile, 'utf8')), ...env });
}
