import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claims, sign } from '../../support/tokens.js';
import { INFRA, Machine, run, type Outcome } from '../support/machine.js';
import { RotatingRelay } from '../support/rotating-relay.js';

const FIRST_KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const FIRST_KEYS = `first:${FIRST_KEY.toString('base64')}`;
const DAY_SECONDS = 86_400;

let machine: Machine;

beforeEach(async () => {
  machine = await Machine.make({ JWT_KEYS: FIRST_KEYS });
  await mkdir(machine.path('textfiles'));
});
afterEach(() => machine[Symbol.asyncDispose]());

const keysOf = async (): Promise<{ readonly kid: string; readonly key: Buffer }[]> => {
  const list = /^JWT_KEYS=(.*)$/m.exec(await readFile(machine.answersFile, 'utf8'))![1]!;
  return list.split(',').map((each) => {
    const [kid = '', text = ''] = each.split(':');
    return { kid, key: Buffer.from(text, 'base64') };
  });
};

describe('the rotation of the keys of tokens', () => {
  let relay: RotatingRelay;
  beforeEach(async () => {
    relay = await RotatingRelay.start(machine);
  });
  afterEach(() => relay[Symbol.asyncDispose]());

  /** Asks for a token, as an administrator with a token of that key. Resolves with the status, and who signed the answer. */
  const mint = async (kid: string, key: Buffer) => {
    const response = await fetch(`${relay.url}/auth/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await sign(claims({ role: 'admin' }), { kid }, key)}`,
      },
      body: JSON.stringify({ role: 'listener', masjidId: 'm' }),
    });
    const body = (await response.json()) as { readonly token?: string };
    return {
      status: response.status,
      signedBy: body.token === undefined ? undefined : decodeProtectedHeader(body.token).kid,
    };
  };
  const jwt = (command: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    run(join(INFRA, 'parts/secrets/jwt'), [command], {
      AZAAN_ANSWERS: machine.answersFile,
      RELOAD_RELAY: `kill -HUP ${relay.pid}`,
      ...env,
    });
  const longAgo = async () => {
    const at = Date.now() / 1_000 - DAY_SECONDS - 60;
    await utimes(machine.path('var/lib/azaan/jwt-rotated'), at, at);
  };

  it('refuses no token that was signed before it, until it is finished', async () => {
    expect(await mint('first', FIRST_KEY)).toEqual({ status: 200, signedBy: 'first' });
    const rotated = await jwt('rotate');
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    const [young] = await keysOf();
    expect(rotated.stdout).toMatch(
      new RegExp(`rotated: ${young!.kid} signs, first is valid until finish, in 864\\d\\d seconds or later`),
    );
    expect(await mint('first', FIRST_KEY)).toEqual({ status: 200, signedBy: young!.kid });
    expect(await mint(young!.kid, young!.key)).toEqual({ status: 200, signedBy: young!.kid });

    expect(await jwt('finish')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^jwt: tokens of the key before are valid for another 864\d\d seconds\n$/,
      ) as string,
    });
    expect(await jwt('rotate')).toMatchObject({
      code: 1,
      stderr: 'jwt: a rotation is under way (first is still valid): run finish first\n',
    });
    expect((await mint('first', FIRST_KEY)).status).toBe(200);

    await longAgo();
    expect(await jwt('finish')).toMatchObject({ code: 0, stderr: '' });
    expect((await mint('first', FIRST_KEY)).status).toBe(401);
    expect((await mint(young!.kid, young!.key)).status).toBe(200);
    expect(await jwt('finish')).toMatchObject({ code: 1, stderr: 'jwt: no rotation is under way\n' });
  });

  it('is on record, and shows no key to anybody', async () => {
    const outcomes = [await jwt('status'), await jwt('rotate'), await jwt('status')];
    const keys = await keysOf();
    const record = relay.lines
      .filter((line) => line.includes('keys.replaced'))
      .map((line) => JSON.parse(line) as object);
    expect(record).toEqual([
      expect.objectContaining({ audit: true, signingKid: keys[0]!.kid, kids: [keys[0]!.kid, 'first'] }),
    ]);
    expect(outcomes[2]!.stdout).toContain('valid until finish: first');
    const said = JSON.stringify(outcomes) + relay.lines.join('\n');
    for (const { key } of keys) expect(said).not.toContain(key.toString('base64'));
    expect((await stat(machine.answersFile)).mode & 0o777).toBe(0o600);
  });

  it('ends every token at once when a key leaked', async () => {
    expect((await jwt('revoke')).stdout).toContain('every token from before has ended');
    expect((await mint('first', FIRST_KEY)).status).toBe(401);
    const keys = await keysOf();
    expect(keys).toHaveLength(1);
    expect((await mint(keys[0]!.kid, keys[0]!.key)).status).toBe(200);
  });

  it('says so when the relay did not take the new key, and hands it over later', async () => {
    const failed = await jwt('rotate', { RELOAD_RELAY: 'true', RELAY_TIMEOUT_SECONDS: '1' });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('the relay did not say that it took them');
    const [young] = await keysOf();
    expect((await mint(young!.kid, young!.key)).status).toBe(401);
    expect(await jwt('sync')).toMatchObject({ code: 0, stderr: '' });
    expect((await mint(young!.kid, young!.key)).status).toBe(200);
  });
});

describe('the calendar of secrets', () => {
  const calendar = (...args: string[]): Promise<Outcome> =>
    run(join(INFRA, 'parts/secrets/calendar'), args, {
      AZAAN_ANSWERS: machine.answersFile,
      TEXTFILE_DIRECTORY: machine.path('textfiles'),
    });
  const changedDaysAgo = async (name: string, days: number) => {
    const file = machine.path('var/lib/azaan', `${name}-rotated`);
    const at = Date.now() / 1_000 - days * DAY_SECONDS - 60;
    await writeFile(file, '');
    await utimes(file, at, at);
  };

  it('has the secrets that this server has, from the day on which it first looked', async () => {
    const { code, stdout } = await calendar();
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['turn', 'jwt', 'ssh', '']);
    expect(stdout).toMatch(/^jwt +changed [\d-]+, every 90 days: due in 90 days$/m);
    await machine.render({ SLACK_WEBHOOK_URL: 'https://slack.example.org/secret' });
    expect((await calendar()).stdout).toMatch(/^alerts +changed [\d-]+, every 365 days/m);
  });

  it('says what is overdue, until it was done', async () => {
    await changedDaysAgo('turn', 89);
    await changedDaysAgo('ssh', 400);
    const { code, stdout } = await calendar('show');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^turn .*: due in 1 days$/m);
    expect(stdout).toMatch(/^ssh .*: OVERDUE by 35 days$/m);
    expect((await calendar('done', 'ssh')).code).toBe(0);
    expect((await calendar('show')).code).toBe(0);
    expect(await calendar('done', 'shs')).toMatchObject({
      code: 2,
      stderr: 'calendar: no secret is called "shs": turn jwt ssh\n',
    });
  });

  it('records every secret of a server that has all of them, each time', async () => {
    await machine.render({
      SLACK_WEBHOOK_URL: 'https://slack.example.org/secret',
      LOG_ARCHIVE_BUCKET: 'logs',
      LOG_ARCHIVE_ENDPOINT: 'https://s3.example.org',
      LOG_ARCHIVE_KEY_ID: 'id',
      LOG_ARCHIVE_SECRET: 'secret',
    });
    const names = (await calendar()).stdout.match(/^\S+/gm);
    expect(names).toEqual(['turn', 'jwt', 'ssh', 'log-archive', 'alerts']);
    for (const name of names!.flatMap((each) => [each, each, each])) {
      await changedDaysAgo(name, 400);
      expect(await calendar('done', name)).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    expect((await calendar('show')).code).toBe(0);
  });

  it('tells Prometheus', async () => {
    await changedDaysAgo('jwt', 100);
    await calendar('metrics');
    const text = await readFile(machine.path('textfiles/secrets.prom'), 'utf8');
    const at = Number(/^azaan_secret_changed_timestamp_seconds\{secret="jwt"\} (\d+)$/m.exec(text)?.[1]);
    expect(Math.round((Date.now() / 1_000 - at) / DAY_SECONDS)).toBe(100);
    expect(text).toContain('azaan_secret_lifetime_days{secret="jwt"} 90\n');
    await rm(machine.answersFile);
    expect((await calendar('metrics')).stderr).toContain('run it as root');
  });
});
