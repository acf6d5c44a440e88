import { execFileSync } from 'node:child_process';
import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSecrets } from '../support/secret-scan.js';

const ROOT = join(import.meta.dirname, '../..');
/** Those that are on record and still there. */
const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));

/** Hashes of packages look like keys, and are none. */
const NOT_SCANNED = new Set(['package-lock.json']);
/** Text without a NUL byte. */
const readText = (file: string): string | undefined => {
  const bytes = readFileSync(join(ROOT, file));
  return bytes.includes(0) ? undefined : bytes.toString('utf8');
};

function aJwt(): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'HS256', kid: 'a' })}.${part({ role: 'admin', exp: 1_900_000_000 })}`;
  return `${unsigned}.${createHmac('sha256', randomBytes(32)).update(unsigned).digest('base64url')}`;
}

/** Of SHA-256, so that it is the same, and has all kinds of characters, at every run. */
const KEY = createHash('sha256').update('a key').digest('base64');
const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

describe('the repository', () => {
  it('holds no secret', () => {
    const found = files
      .filter((file) => !NOT_SCANNED.has(file))
      .flatMap((file) =>
        findSecrets(readText(file) ?? '').map(({ kind, line }) => `${file}:${line} looks like ${kind}`),
      );
    expect(found).toEqual([]);
  });

  it('has of environment files only examples', () => {
    const environments = files.filter((file) => basename(file).startsWith('.env'));
    expect(environments).toEqual(['.env.example']);
    expect(readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n')).toContain('.env');
  });
});

describe('the scan', () => {
  it.each([
    ['a private key', privateKey],
    ['a JWT', `const admin = '${aJwt()}';`],
    ['an AWS access key', `key: AKIA${'ABCDEFGH'.repeat(2)}`],
    ['a GitHub token', `ghp_${'aB3'.repeat(12)}`],
    ['an npm token', `//registry.npmjs.org/:_authToken=npm_${'aB3'.repeat(12)}`],
    ['a Slack token or hook', `https://hooks.slack.com/services/T0${'A'.repeat(6)}/B0${'A'.repeat(6)}/aB3aB3aB3`],
    ['credentials in a URL', `postgres://relay:${'hunter22'.repeat(2)}@db.example.org/`],
    ['a value of something secret', `JWT_KEYS=main:${KEY}`],
    ['a value of something secret', `"static-auth-secret": "${KEY}"`],
  ])('finds %s', (kind, text) => {
    expect(findSecrets(`first line\n${String(text)}`)).toContainEqual({ kind, line: 2 });
  });

  it.each([
    'JWT_KEYS=',
    'TURN_SECRETS=a-secret-that-you-choose',
    'TURN_SECRETS=first-secret-0123456789-0123456789',
    `JWT_KEYS=k1:${Buffer.from('0123456789'.repeat(4)).toString('base64')}`,
    'const password = await readPassword(credentials);',
    'token: string | undefined',
    'https://example.org/a:b@c',
    '-----BEGIN PUBLIC KEY-----',
  ])('takes %j for none', (text) => {
    expect(findSecrets(text)).toEqual([]);
  });
});
