import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { recordedOffer } from '../../test/support/offers.js';
import { claims, sign } from '../../test/support/tokens.js';
import { SecretsService, type Secrets } from '../config/secrets.js';
import { turnCredential } from '../ice/turn-credential.js';
import { logOptions } from './log-params.js';
import { scrub } from './scrub.js';

const token = await sign(claims({ role: 'admin' }));
const offer = recordedOffer('chromium-156-broadcaster');
const turn = turnCredential(createSecretKey(randomBytes(32)), 'client', 1_800_000_000);
const hmacKey = randomBytes(32).toString('base64');
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
/** As `infra/render` makes one. */
const turnSecret = randomBytes(32).toString('base64url');
const longKey = randomBytes(48).toString('base64');
/** Nothing gives these away but that they are in force. */
const inForce = { jwt: randomBytes(33), turn: 'the "secret" that coturn shares' };
const secrets: Secrets = {
  jwtKeys: [{ kid: 'main', key: createSecretKey(inForce.jwt) }],
  jwtPublicKeys: [],
  turnSecrets: [createSecretKey(Buffer.from(inForce.turn))],
};
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

const attribute = (name: string): string => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(offer)![1]!;

/** Each as it might be quoted, with what must not be left of it. */
const SECRETS: readonly (readonly [name: string, text: string, secret: string])[] = [
  ['a token', token, token.split('.')[1]!],
  ['the signature of a token', token, token.split('.')[2]!],
  ['a token that was cut off', token.slice(0, 100), token.slice(40, 100)],
  ['an Authorization header', `Bearer ${hmacKey}`, hmacKey],
  ['an ICE password, in its offer', offer, attribute('ice-pwd')],
  ['an ICE user name, in its offer', offer, `ice-ufrag:${attribute('ice-ufrag')}`],
  ['an ICE password, in its line', `a=ice-pwd:${attribute('ice-pwd')}`, attribute('ice-pwd')],
  ['a candidate', 'a=candidate:1 1 udp 2113937151 192.0.2.77 54321 typ host', '192.0.2.77'],
  ['a fingerprint', `a=fingerprint:sha-256 ${'AB:'.repeat(31)}AB`, 'AB:AB'],
  ['a TURN credential', turn.credential, turn.credential],
  ['a key of tokens', hmacKey, hmacKey],
  ['a key of tokens that needs no padding', longKey, longKey],
  ['a key of tokens in force, without padding', inForce.jwt.toString('base64'), inForce.jwt.toString('base64')],
  ['a key of tokens in force, as in addresses', inForce.jwt.toString('base64url'), inForce.jwt.toString('base64url')],
  ['a TURN secret', turnSecret, turnSecret],
  ['a TURN secret in force', inForce.turn, 'that coturn shares'],
  ['a private key', pem, pem.split('\n')[1]!],
];

function logged(write: (logger: pino.Logger) => void): string {
  const lines: string[] = [];
  write(
    pino(logOptions('debug', new SecretsService(secrets)) as pino.LoggerOptions, {
      write: (line: string) => lines.push(line),
    }),
  );
  expect(lines).toHaveLength(1);
  // Whatever was taken out, it is JSON as before.
  JSON.parse(lines[0]!);
  return lines[0]!;
}

describe.each(SECRETS)('%s', (_, text, secret) => {
  it.each<readonly [where: string, write: (logger: pino.Logger) => void]>([
    ['the message', (logger) => logger.info(text)],
    ['the middle of the message', (logger) => logger.info(`it says "${text}" and goes on`)],
    ['a line of its own', (logger) => logger.info(`before it\r\n${text}`)],
    ['a field', (logger) => logger.info({ detail: text }, 'message')],
    ['a nested field', (logger) => logger.info({ outer: { inner: [text] } }, 'message')],
    ['the name of a field', (logger) => logger.info({ [text]: 1 }, 'message')],
    ['an error', (logger) => logger.error(new Error(`cannot parse ${text}`))],
    ['the cause of an error', (logger) => logger.error(new Error('no', { cause: new Error(text) }))],
    ['JSON within a field', (logger) => logger.info({ body: JSON.stringify({ x: text }) }, 'message')],
    ['a binding', (logger) => logger.child({ detail: text }).info('message')],
  ])('does not get out in %s', (_where, write) => {
    expect(logged(write)).not.toContain(JSON.stringify(secret).slice(1, -1));
  });
});

it.each(['sdp', 'token', 'credential', 'password', 'authorization', 'iceUfrag', 'icePwd', 'usernameFragment'])(
  'a member called %s is never told',
  (name) => {
    const value = { [name]: 'short "quoted" value' };
    expect(logged((logger) => logger.info(value, 'message'))).not.toContain('quoted');
    expect(logged((logger) => logger.info({ offer: { inner: value } }, 'message'))).not.toContain('quoted');
    expect(logged((logger) => logger.info({ detail: JSON.stringify(value) }, 'message'))).not.toContain('quoted');
  },
);

it('tells no secret that came into force later', () => {
  const rotated = new SecretsService({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: [] });
  const lines: string[] = [];
  const logger = pino(logOptions('info', rotated) as pino.LoggerOptions, { write: (line: string) => lines.push(line) });
  rotated.replace({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: secrets.turnSecrets });
  logger.info(inForce.turn);
  expect(lines[0]).not.toContain('coturn');
});

it('leaves what is no secret as it is', () => {
  const line = JSON.stringify({
    level: 'info',
    time: '2026-11-23T12:00:00.000Z',
    requestId: '0b6e1f0c-6b1c-4a4e-9a43-6f3f3a1d2b7c',
    masjidId: 'Masjid-An-Noor-in-the-street-of-the-potters-7',
    actor: { sub: 'phone of the muezzin', jti: 'c2b0ad53-9ee1-4f0b-bd5c-5a1de2f0a3d9', kid: 'main' },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0',
    address: '2001:db8::7',
    route: '/consumer',
    stack: 'at run (/opt/azaan-relay/releases/20261123T120000Z/dist/relay/media/worker-main.js:7:1)',
    line: 'the offer has more than one audio m-line; the token has expired',
    event: 'token.issued',
  });
  expect(scrub(line)).toBe(line);
});

it.each(['a', 'a/', 'aaaa-', 'aA1', '\n', '"', '\\'])('gets through a line of a hundred thousand times %j', (piece) => {
  const line = JSON.stringify({ detail: piece.repeat(100_000) });
  expect(typeof scrub(line)).toBe('string');
});
