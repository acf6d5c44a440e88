import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { fileConfig, processConfig } from './process-config.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'azaan-config-'));
  file = join(folder, '.env');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('completes the environment from the .env file, and lets the environment win', () => {
  writeFileSync(file, '# mine\nPORT=4000\nMAX_BROADCASTS="7"\n');
  const config = processConfig({ PORT: '5000' }, file);
  expect(config.http.port).toBe(5000);
  expect(config.limits.maxBroadcasts).toBe(7);
});

it('needs no .env file', () => {
  expect(processConfig({ PORT: '5000' }, file).http.port).toBe(5000);
});

it('leaves tests alone', () => {
  writeFileSync(file, 'PORT=4000\n');
  expect(processConfig({ NODE_ENV: 'test' }, file).http.port).toBe(3000);
});

it('reads the file that ENV_FILE names instead, for tests too', () => {
  writeFileSync(file, 'PORT=4000\n');
  expect(processConfig({ ENV_FILE: file }, 'nowhere').http.port).toBe(4000);
  expect(processConfig({ ENV_FILE: file, NODE_ENV: 'test' }, 'nowhere').http.port).toBe(4000);
});

it('says so when the file that ENV_FILE names cannot be read', () => {
  const read = () => processConfig({ ENV_FILE: file });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`ENV_FILE="${file}" cannot be read (ENOENT)`);
});

it('takes a file for the whole configuration, which the environment cannot mend', () => {
  writeFileSync(file, 'PORT=4000\n');
  expect(fileConfig(file)).toMatchObject({ environment: 'development', http: { port: 4000 } });
  writeFileSync(file, 'PORT=http\nMAX_LISTNERS=5\nLOG_LEVEL=loud\n');
  expect(() => fileConfig(file)).toThrow(
    expect.objectContaining({
      problems: [
        expect.stringMatching(/^PORT="http" is not valid/),
        expect.stringMatching(/^LOG_LEVEL="loud" is not valid/),
        'MAX_LISTNERS is no variable of the server: .env.example has all',
      ],
    }),
  );
});
