import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { SecretsService, type Secrets } from './secrets.js';

const NONE: Secrets = { jwtKeys: [], jwtPublicKeys: [], turnSecrets: [] };
const named = (kid: string) => ({ kid, key: createSecretKey(Buffer.alloc(32, kid)) });

describe('SecretsService', () => {
  it('makes up one signing key when none is given, and keeps it', () => {
    const secrets = new SecretsService(NONE);
    const [key] = secrets.jwtKeys;
    expect(secrets.hasMadeUpKey).toBe(true);
    expect(key.key.symmetricKeySize).toBe(32);
    secrets.replace(NONE);
    expect(secrets.jwtKeys).toEqual([key]);
    expect(new SecretsService(NONE).jwtKeys[0].key.equals(key.key)).toBe(false);
  });

  it('replaces everything at once, and says so', () => {
    const secrets = new SecretsService({ ...NONE, jwtKeys: [named('old')] });
    const replaced = vi.fn();
    secrets.events.on('replaced', replaced);
    secrets.replace({ ...NONE, jwtKeys: [named('new'), named('old')], turnSecrets: [named('turn').key] });
    expect(secrets.jwtKeys.map(({ kid }) => kid)).toEqual(['new', 'old']);
    expect(secrets.turnSecrets).toHaveLength(1);
    expect(secrets.hasMadeUpKey).toBe(false);
    expect(replaced).toHaveBeenCalledOnce();
  });

  it('shows no key to whoever prints it', () => {
    const secrets = new SecretsService({ ...NONE, jwtKeys: [named('a')] });
    const bytes = Buffer.alloc(32, 'a');
    const shown = JSON.stringify(secrets) + inspect(secrets, { depth: 9, showHidden: true });
    expect(shown).not.toContain(bytes.toString('base64'));
    expect(shown).not.toContain(bytes.toString('hex'));
  });
});
