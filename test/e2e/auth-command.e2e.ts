import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { broadcast } from '../support/calls.js';
import { Command } from '../support/command.js';
import { startServer, type TestServer } from '../support/server.js';
import { TEST_JWT_KEYS } from '../support/tokens.js';

const KEYS = { JWT_KEYS: TEST_JWT_KEYS };

let folder: string;
beforeAll(async () => {
  // The command reads a .env file of the directory that it runs in.
  folder = await mkdtemp(join(tmpdir(), 'token-'));
});
afterAll(() => rm(folder, { recursive: true }));

const token = (parameters: readonly string[], env: Readonly<Record<string, string>> = KEYS) =>
  new Command('token', parameters, { cwd: folder, env }).exit;

const broadcastWith = async (server: TestServer, jwt: string) =>
  (await broadcast(server, 'noor', { Authorization: `Bearer ${jwt}` })).status;

describe('npm run token', () => {
  it('prints one token and nothing else, and a server with the same keys takes it', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const { code, out, err } = await token(['--role', 'broadcaster', '--masjid', 'noor', '--subject', 'the muezzin']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(out)).toMatchObject({ sub: 'the muezzin', role: 'broadcaster', masjidId: 'noor' });
    expect(await broadcastWith(server, out.trim())).toBe(200);
  });

  it('makes the first admin token, with which POST /auth/token makes the others', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const { out } = await token(['--role', 'admin']);
    const response = await fetch(`${server.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${out.trim()}` },
      body: JSON.stringify({ role: 'broadcaster', masjidId: 'noor' }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const issued = (await response.json()) as { token: string };
    expect(await broadcastWith(server, issued.token)).toBe(200);
  });

  it('reads the .env file of the server, and signs with the first key', async () => {
    const file = join(folder, '.env');
    await writeFile(file, `JWT_KEYS=first:${Buffer.alloc(32, 1).toString('base64')},${TEST_JWT_KEYS}\n`);
    try {
      const { out, err } = await token(['--role', 'listener', '--masjid', 'noor', '--ttl', '2h'], {});
      expect(err).toBe('');
      expect(decodeProtectedHeader(out).kid).toBe('first');
      expect(decodeJwt(out).exp! - decodeJwt(out).iat!).toBe(7_200);
    } finally {
      await rm(file);
    }
  });

  it('explains itself', async () => {
    const { code, out } = await token(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--role broadcaster --masjid ID');
  });

  it.each([
    [2, ['--masjid', 'noor'], '--role is to be one of broadcaster, listener, admin.'],
    [2, ['--role', 'root'], '--role is to be one of broadcaster, listener, admin.'],
    [2, ['--role', 'broadcaster'], '--masjid is missing.'],
    [2, ['--role', 'broadcaster', '--masjid', ''], '--masjid must be 1 to 128 characters long.'],
    [2, ['--role', 'admin', '--masjid', 'noor'], '--masjid is not for an admin'],
    [2, ['--role', 'admin', '--ttl', '15'], '--ttl is to be a number with s, m, h or d'],
    [2, ['--role', 'admin', '--what'], "Unknown option '--what'"],
    [1, ['--role', 'admin', '--ttl', '2h'], 'An admin token may live 10 to 3600 seconds.'],
    [1, ['--role', 'broadcaster', '--masjid', 'noor', '--ttl', '2d'], 'may live 10 to 86400 seconds.'],
  ])('exits %i with one line for %j', async (expected, parameters, problem) => {
    const { code, out, err } = await token(parameters);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(problem);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('needs the keys of a server', async () => {
    const { code, out, err } = await token(['--role', 'admin'], {});
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('JWT_KEYS is not set');
  });
});

describe('a server without keys', () => {
  it('does not start in production, and says which one line is missing', async () => {
    const started = startServer({ NODE_ENV: 'production', JWT_KEYS: '' });
    await expect(started).rejects.toThrow(/azaan-relay cannot start:\nJWT_KEYS is missing: give kid:base64/);
  });

  it('prints tokens for a developer elsewhere, which work', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1', NODE_ENV: 'development', JWT_KEYS: '' });
    const printed = (kind: string) => server.logs().find((line) => line.startsWith(`${kind} token`));
    await expect.poll(() => printed('admin')).toBeDefined();
    const jwt = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;
    const [speaker, admin] = ['broadcaster', 'admin'].map((kind) => jwt.exec(printed(kind)!)![0]);
    expect((await broadcast(server, 'demo', { Authorization: `Bearer ${speaker!}` })).status).toBe(200);
    expect(decodeJwt(admin!)).toMatchObject({ role: 'admin' });
  });

  it('prints none when it has keys', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1', NODE_ENV: 'development' });
    await expect.poll(() => server.logs().join('\n')).toContain('broadcast at');
    expect(server.logs().join('\n')).not.toContain('eyJ');
  });
});
