import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readLoadOptions } from './load-options.js';

function tokenFor(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

beforeEach(() => {
  vi.stubEnv('AZAAN_TOKEN', tokenFor({ role: 'broadcaster', masjidId: 'noor' }));
});
afterEach(() => vi.unstubAllEnvs());

describe('readLoadOptions', () => {
  it('broadcasts to the masjid of the token, on this machine, unless told otherwise', () => {
    const options = readLoadOptions(['--listeners', '10']);
    expect(options).toMatchObject({ url: 'http://127.0.0.1:3000', listeners: 10, seconds: 60, broadcaster: true });
    expect(options?.masjidId).toBe('noor');
  });

  it('asks for a token before it broadcasts, not before it listens', () => {
    vi.stubEnv('AZAAN_TOKEN', undefined);
    expect(() => readLoadOptions(['--listeners', '1', '--masjid', 'noor'])).toThrow(/AZAAN_TOKEN is not set/);
    const listening = readLoadOptions(['--listeners', '1', '--masjid', 'noor', '--no-broadcaster']);
    expect(listening).toMatchObject({ masjidId: 'noor', token: undefined, broadcaster: false });
  });

  it.each(['http://example.org', 'https://10.0.0.4:3000', 'http://127.0.0.1.example.org', 'http://1270.0.0.1'])(
    'does not load %s by accident',
    (url) => {
      expect(() => readLoadOptions(['--listeners', '1', '--url', url])).toThrow(/--not-loopback|Invalid URL/);
    },
  );

  it('loads another machine when that is said, from every interface', () => {
    const options = readLoadOptions(['--listeners', '1', '--url', 'https://relay.example.org', '--not-loopback']);
    expect(options?.bindAddress).toBeUndefined();
  });

  it.each([
    [[]],
    [['--listeners', '0']],
    [['--listeners', '1e3']],
    [['--listeners', '5001']],
    [['--listeners', '1', '--seconds', 'x']],
  ])('refuses %j with the bounds', (args) => {
    expect(() => readLoadOptions(args)).toThrow(/must be a whole number from 1 to/);
  });

  it('makes light peers only beside the relay', () => {
    expect(readLoadOptions(['--listeners', '1', '--peers', 'light'])?.peers).toBe('light');
    const elsewhere = ['--listeners', '1', '--url', 'https://relay.example.org', '--not-loopback'];
    expect(readLoadOptions(elsewhere)?.peers).toBe('libdatachannel');
    expect(() => readLoadOptions([...elsewhere, '--peers', 'light'])).toThrow(/on this machine/);
  });

  it('asks which broadcast, when it is not to make one', () => {
    expect(() => readLoadOptions(['--listeners', '1', '--no-broadcaster'])).toThrow(/--masjid/);
  });
});
