import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { broadcast } from '../support/calls.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { TEST_JWT_KEYS, admin, broadcasterOf, claims, sign } from '../support/tokens.js';

const NEW_KEY = randomBytes(32);
const NEW_JWT_KEYS = `new:${NEW_KEY.toString('base64')}`;
const [OLD_TURN, NEW_TURN] = ['the-old-secret-of-coturn', 'the-new-secret-of-coturn'];

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotation-'));
  file = join(folder, 'relay.env');
});
afterEach(() => rm(folder, { recursive: true }));

const write = (jwtKeys: string, turnSecrets: string) =>
  writeFile(file, `JWT_KEYS=${jwtKeys}\nTURN_SECRETS=${turnSecrets}\n`);

/** A broadcaster of another masjid, by the key that signed its token. */
async function broadcasting({ server }: RelayScene, key: 'old' | 'new'): Promise<number> {
  const connectionID = `by-${key}`;
  const token = await sign(claims({ role: 'broadcaster', masjidId: connectionID }), { kid: 'new' }, NEW_KEY);
  const authorization = key === 'old' ? await broadcasterOf(connectionID) : `Bearer ${token}`;
  return (await broadcast(server, connectionID, { Authorization: authorization })).status;
}

/** The kid that `POST /auth/token` signs with, asked for with an admin's token of the old key. */
async function signingKid({ server }: RelayScene): Promise<string | undefined> {
  const response = await fetch(`${server.url}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: await admin() },
    body: JSON.stringify({ role: 'listener', masjidId: 'm' }),
  });
  expect(response.status).toBe(200);
  return decodeProtectedHeader(((await response.json()) as { token: string }).token).kid;
}

/** The secret that TURN credentials are made with now. */
async function turnSecret({ server }: RelayScene): Promise<string | undefined> {
  const answer = (await (await fetch(`${server.url}/ice-servers`)).json()) as {
    iceServers: { username: string; credential: string }[];
  };
  const { username, credential } = answer.iceServers[0]!;
  return [OLD_TURN, NEW_TURN].find(
    (secret) => createHmac('sha1', secret).update(username).digest('base64') === credential,
  );
}

it('rotating keys and TURN secrets loses no session and refuses no valid credential', async () => {
  await write(TEST_JWT_KEYS, OLD_TURN);
  await using scene = await RelayScene.start({
    ENV_FILE: file,
    TURN_URLS: 'turn:turn.example.org:3478',
    RATE_LIMIT_BROADCASTS_PER_MINUTE: '100',
  });
  const reload = async (jwtKeys: string, turnSecrets: string): Promise<void> => {
    const replacements = () => scene.server.logs().filter((line) => line.includes('"keys.replaced"')).length;
    const before = replacements();
    await write(jwtKeys, turnSecrets);
    process.kill(scene.server.pid, 'SIGHUP');
    await expect.poll(replacements).toBe(before + 1);
  };

  await scene.broadcaster();
  const [listener, rtp] = await Promise.all([scene.listener(), scene.rtpListener()]);
  await listener.untilHears(1_000);
  expect([await broadcasting(scene, 'old'), await broadcasting(scene, 'new')]).toEqual([200, 401]);
  expect(await turnSecret(scene)).toBe(OLD_TURN);

  // Add: both verify, the old one signs.
  await reload(`${TEST_JWT_KEYS},${NEW_JWT_KEYS}`, `${OLD_TURN},${NEW_TURN}`);
  expect([await broadcasting(scene, 'old'), await broadcasting(scene, 'new')]).toEqual([200, 200]);
  expect([await signingKid(scene), await turnSecret(scene)]).toEqual(['test', OLD_TURN]);

  // Switch: both verify, the new one signs.
  await reload(`${NEW_JWT_KEYS},${TEST_JWT_KEYS}`, `${NEW_TURN},${OLD_TURN}`);
  expect([await broadcasting(scene, 'old'), await broadcasting(scene, 'new')]).toEqual([200, 200]);
  expect([await signingKid(scene), await turnSecret(scene)]).toEqual(['new', NEW_TURN]);

  // Drop: what the old one signed is over, except for who is live already.
  await reload(NEW_JWT_KEYS, NEW_TURN);
  expect([await broadcasting(scene, 'old'), await broadcasting(scene, 'new')]).toEqual([401, 200]);
  expect(await turnSecret(scene)).toBe(NEW_TURN);

  const heard = rtp.packets.length;
  await expect.poll(() => rtp.packets.length, { timeout: 5_000 }).toBeGreaterThan(heard + 20);
  expect(breaksIn(rtp.packets)).toEqual([]);
  expect(listener.tone?.frequencyHz).toBe(1_000);
  expect(await scene.metric('azaan_peer_disconnects_total{role="listener",reason="closed_by_relay"}')).toBe(0);
});

it('a file that is not sound changes nothing, and the log says what is wrong with it', async () => {
  await write(TEST_JWT_KEYS, OLD_TURN);
  await using scene = await RelayScene.start({ ENV_FILE: file, MEDIA_WORKERS: '1' });
  await write(`${NEW_JWT_KEYS},short:AAAA`, NEW_TURN);
  process.kill(scene.server.pid, 'SIGHUP');
  await expect.poll(() => scene.server.logs().join('\n')).toContain('keys and secrets stay as they were');
  const log = scene.server.logs().join('\n');
  expect(log).toContain('JWT_KEYS is not valid: entry 2 (short) has 3 bytes');
  expect(log).not.toContain(NEW_KEY.toString('base64'));
  expect(log).not.toContain('"keys.replaced"');
  expect([await broadcasting(scene, 'old'), await broadcasting(scene, 'new')]).toEqual([200, 401]);
});

it('a session outlives the token that began it', async () => {
  await write(NEW_JWT_KEYS, OLD_TURN);
  await using scene = await RelayScene.start({ ENV_FILE: file, MEDIA_WORKERS: '1' });
  const nowSeconds = Math.floor(Date.now() / 1_000);
  // It holds for two seconds more, because clocks may differ by 30.
  const claimsOfToken = claims({
    role: 'broadcaster',
    masjidId: scene.masjid,
    iat: nowSeconds - 60,
    exp: nowSeconds - 28,
  });
  const authorization = `Bearer ${await sign(claimsOfToken, { kid: 'new' }, NEW_KEY)}`;
  await scene.broadcaster({ authorization });
  const listener = await scene.hearer();

  const again = () => broadcast(scene.server, scene.masjid, { Authorization: authorization });
  await expect.poll(async () => (await again()).status, { timeout: 10_000, interval: 500 }).toBe(401);
  await scene.hearer();
  expect(listener.tone?.frequencyHz).toBe(1_000);
  expect(scene.changesTo('interrupted')).toBe(0);
});
