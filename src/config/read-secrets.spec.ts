import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../test/support/config.js';
import { loadConfig } from './load-config.js';

const key = (bytes = 32) => randomBytes(bytes).toString('base64');
const der = (publicKey: KeyObject) => publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('JWT_KEYS', () => {
  it('is a list of keys by kid, in order', () => {
    const [first, second] = [randomBytes(32), randomBytes(64)];
    const text = `2026-11:${first.toString('base64')}, old.one:${second.toString('base64url')}`;
    const { jwtKeys } = loadConfig({ JWT_KEYS: text }).secrets;
    expect(jwtKeys.map(({ kid }) => kid)).toEqual(['2026-11', 'old.one']);
    expect(jwtKeys.map((each) => each.key.export())).toEqual([first, second]);
  });

  it.each([
    ['a short key', `a:${key(31)}`, '(a) has 31 bytes, and needs at least 32'],
    ['an empty key', 'a:', '(a) is not base64'],
    ['something that is not base64', `a:${'!'.repeat(50)}`, '(a) is not base64'],
    ['no kid', key(), 'does not begin with a kid'],
    ['a kid like a path', `../../etc/passwd:${key()}`, 'does not begin with a kid'],
    ['a member too much', `a:${key()}:x`, 'is not kid:base64'],
    ['an empty entry', `a:${key()},`, 'entry 2 does not begin with a kid'],
  ])('refuses %s, and names the variable', (_, text, problem) => {
    const problems = problemsOf({ JWT_KEYS: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('JWT_KEYS is not valid: entry');
    expect(problems[0]).toContain(problem);
  });

  it('is missed in production, and only there', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      'JWT_KEYS is missing: give kid:base64, such as main:$(openssl rand -base64 32)',
    ]);
    expect(problemsOf({ NODE_ENV: 'production', JWT_KEYS: `a:${key()}` })).toEqual([]);
    expect(problemsOf({ NODE_ENV: 'production', JWT_KEYS: `a:${key(8)}` })).toHaveLength(1);
    expect(problemsOf({ NODE_ENV: 'development' })).toEqual([]);
  });

  it('shows nothing of a key in a problem', () => {
    const secret = key(24);
    const problems = problemsOf({ JWT_KEYS: `a:${secret}`, TURN_SECRETS: 'a-turn-secret', JWT_PUBLIC_KEYS: secret });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toMatch(/a-turn-secret/);
    expect(problems.join()).not.toContain(secret.slice(0, 12));
  });
});

describe('JWT_PUBLIC_KEYS', () => {
  it('takes P-256 for ES256 and Ed25519 for EdDSA, with an issuer of its own or without', () => {
    const text = [
      `platform:${der(p256().publicKey)}`,
      `other:${der(generateKeyPairSync('ed25519').publicKey)}:https://id.example.org:8443/realm`,
    ].join(',');
    expect(loadConfig({ JWT_PUBLIC_KEYS: text }).secrets.jwtPublicKeys).toMatchObject([
      { kid: 'platform', algorithms: ['ES256'], issuer: undefined },
      { kid: 'other', algorithms: ['EdDSA', 'Ed25519'], issuer: 'https://id.example.org:8443/realm' },
    ]);
  });

  it.each([
    ['an RSA key', der(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['a key of another curve', der(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
    ['a private key', p256().privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')],
    ['random bytes', key(91)],
  ])('refuses %s', (_, text) => {
    expect(problemsOf({ JWT_PUBLIC_KEYS: `a:${text}` })).toEqual([
      expect.stringContaining(
        'JWT_PUBLIC_KEYS is not valid: entry 1 (a) is no public key of P-256 or Ed25519',
      ) as string,
    ]);
  });

  it('may not name a key that JWT_KEYS has', () => {
    expect(problemsOf({ JWT_KEYS: `a:${key()}`, JWT_PUBLIC_KEYS: `a:${der(p256().publicKey)}` })).toEqual([
      'JWT_KEYS and JWT_PUBLIC_KEYS name the key a twice',
    ]);
  });
});

describe('TURN_SECRETS', () => {
  it('is a list of secrets as coturn has them', () => {
    const text = 'correct-horse-battery,an-older-secret-of-ours';
    const { turnSecrets } = loadConfig({ TURN_SECRETS: text }).secrets;
    expect(turnSecrets.map((secret) => secret.export().toString())).toEqual(text.split(','));
  });

  it('refuses a short one', () => {
    expect(problemsOf({ TURN_SECRETS: 'too-short' })).toEqual([
      'TURN_SECRETS is not valid: entry 1 has 9 characters, and needs at least 20',
    ]);
  });
});
