import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { parseEnv } from 'node:util';
import type { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';

/**
 * The configuration of this process: its environment, completed by the file that `ENV_FILE` names, or by `.env` in the
 * working directory if there is one. What is set in the environment wins.
 *
 * @throws ConfigError with one line for every bad variable
 */
export function processConfig(env: NodeJS.ProcessEnv = process.env, defaultFile = '.env'): AppConfig {
  return loadConfig({ ...fromFile(env, defaultFile), ...env });
}

/**
 * The configuration that a file makes by itself, whatever the environment says.
 *
 * @throws ConfigError as `processConfig`, also for every variable that the server does not have
 */
export function fileConfig(path: string): AppConfig {
  return loadConfig(readEnvFile(path, path), { refuseUnknown: true });
}

function fromFile(env: NodeJS.ProcessEnv, defaultFile: string): NodeJS.Dict<string> {
  const named = env['ENV_FILE'];
  if (named !== undefined && named !== '') return readEnvFile(named, `ENV_FILE=${JSON.stringify(named)}`);
  // Tests say all that they want; a developer's own file must not change them.
  return env['NODE_ENV'] !== 'test' && existsSync(defaultFile) ? readEnvFile(defaultFile, defaultFile) : {};
}

function readEnvFile(path: string, whatItIs: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${whatItIs} cannot be read (${code})`]);
  }
}
