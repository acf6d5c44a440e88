import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../caller/caller.js';
import { SecretsService } from '../config/secrets.js';
import { IceService } from './ice.service.js';
import { turnCredential } from './turn-credential.js';

const URLS = ['turn:turn.example.org:3478?transport=udp'];
const key = (text: string) => createSecretKey(Buffer.from(text));
const secretsOf = (...turnSecrets: string[]) =>
  new SecretsService({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: turnSecrets.map(key) });
const caller = (address: string, sub?: string): Caller => ({
  requestId: 'r',
  address,
  userAgent: undefined,
  masjidId: undefined,
  actor: sub === undefined ? undefined : { role: 'listener', sub, masjidId: 'm', jti: 'j', kid: 'k' },
});

describe('turnCredential', () => {
  it('is what coturn computes', () => {
    // printf '1700000000:client' | openssl dgst -sha1 -hmac 'north wind' -binary | base64
    expect(turnCredential(key('north wind'), 'client', 1_700_000_000)).toEqual({
      username: '1700000000:client',
      credential: '2jqvGnOZfCBN/W6UfeH/vAZ9weE=',
    });
  });
});

describe('IceService', () => {
  const service = (secrets = secretsOf('first secret')) => new IceService({ urls: URLS, ttlSeconds: 600 }, secrets);
  const usernameOf = (from: Caller, ice = service()) => ice.serversFor(from).iceServers[0]!.username;
  const idOf = (from: Caller, ice = service()) => usernameOf(from, ice).split(':')[1];

  it('names a client always the same, so that a quota counts', () => {
    expect(idOf(caller('203.0.113.7'))).toBe(idOf(caller('::ffff:203.0.113.7')));
    expect(idOf(caller('2001:db8::1'))).toBe(idOf(caller('2001:db8::2')));
    expect(idOf(caller('203.0.113.7', 'Amina'))).toBe(idOf(caller('198.51.100.1', 'Amina')));
  });

  it('tells clients apart by their token before their address', () => {
    const ids = [caller('203.0.113.7'), caller('203.0.113.8'), caller('203.0.113.7', 'a'), caller('203.0.113.7', 'b')];
    expect(new Set(ids.map((each) => idOf(each))).size).toBe(4);
    expect(idOf(caller('a'))).not.toBe(idOf(caller('x', 'a')));
  });

  it('shows neither address nor subject', () => {
    const text = JSON.stringify([
      service().serversFor(caller('203.0.113.7', 'Amina')),
      usernameOf(caller('203.0.113.7')),
    ]);
    expect(text).not.toMatch(/203\.0\.113\.7|Amina/);
  });

  it('signs with the first secret in force, also after a reload', () => {
    const secrets = secretsOf('old secret');
    const ice = service(secrets);
    secrets.replace({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: [key('new secret'), key('old secret')] });
    const { username, credential } = ice.serversFor(caller('203.0.113.7')).iceServers[0]!;
    expect(username).toMatch(/^\d+:[\w-]{22}$/);
    expect(credential).toBe(createHmac('sha1', 'new secret').update(username).digest('base64'));
  });

  it('gives none when there is no TURN server, or no secret any more', () => {
    const none = { iceServers: [], ttl: 600 };
    expect(new IceService({ urls: [], ttlSeconds: 600 }, secretsOf('s')).serversFor(caller('a'))).toEqual(none);
    expect(service(secretsOf()).serversFor(caller('a'))).toEqual(none);
  });
});
