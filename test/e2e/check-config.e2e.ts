import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command } from '../support/command.js';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-config-'));
  file = join(folder, 'relay.env');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const checkConfig = (parameters: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Command('check-config', parameters, { cwd: folder, env }).exit;

describe('npm run check-config', () => {
  it('says in one line that a server would start with the file', async () => {
    expect(await checkConfig([join(ROOT, '.env.example')])).toEqual({
      code: 0,
      out: `${join(ROOT, '.env.example')} is a configuration that the server starts with.\n`,
      err: '',
    });
  });

  it('names every bad variable in one line, in the words of the server', async () => {
    const lines = [
      'CORS_ORIGINS=app.example.org',
      'STATUS_ALLOW_IPS=10.0.0.300',
      'JWT_PUBLIC_KEYS=platform:bm8=',
      'PROT=1',
    ];
    writeFileSync(file, lines.join('\n'));
    const { code, out, err } = await checkConfig([file]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n')).toEqual([
      expect.stringMatching(
        /^CORS_ORIGINS="app.example.org" is not valid: give a comma-separated list of origins such as/,
      ),
      expect.stringMatching(/^JWT_PUBLIC_KEYS is not valid: entry 1 \(platform\) is no public key/),
      expect.stringMatching(/^STATUS_ALLOW_IPS="10.0.0.300" is not valid: give a comma-separated list of IP addresses/),
      'PROT is no variable of the server: .env.example has all',
      '',
    ]);
  });

  it('reads the file alone, and no environment', async () => {
    writeFileSync(file, 'NODE_ENV=production\n');
    const { code, err } = await checkConfig([file], {
      JWT_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      PORT: 'http',
    });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^JWT_KEYS is missing: .*\n$/) as string });
  });

  it('says so when there is no such file', async () => {
    expect(await checkConfig(['nowhere.env'])).toEqual({
      code: 1,
      out: '',
      err: 'nowhere.env cannot be read (ENOENT)\n',
    });
  });

  it('explains itself', async () => {
    const { code, out } = await checkConfig(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('npm run --silent check-config -- FILE');
  });

  it.each([[[]], [['a.env', 'b.env']], [['--what']]])('exits 2 with one line for %j', async (parameters: string[]) => {
    const { code, out, err } = await checkConfig(parameters);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('See --help.');
  });
});
