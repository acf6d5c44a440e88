import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openUdp } from '../../../test/support/loopback.js';
import { IceDetour } from './ice-detour.js';
import { StunMessage } from './stun/stun-message.js';

const PASSWORD = 'the-password-of-the-relay';
const SILENCE_MS = 100;

/** A check as ICE sends it (RFC 8445, 7.1.1), without a fingerprint; or, as `0x0101`, the answer to one. */
function signed(type: number, password: string, ...attributes: Buffer[]): Buffer {
  const header = Buffer.alloc(20);
  const body = Buffer.concat(attributes);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length + 24, 2);
  header.writeUInt32BE(0x2112a442, 4);
  const message = Buffer.concat([header, body]);
  return Buffer.concat([message, attribute(0x0008, createHmac('sha1', password).update(message).digest())]);
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

const check = (password = PASSWORD, iceUfrag = 'relay', tieBreaker = Buffer.alloc(8)) =>
  signed(1, password, attribute(0x0006, Buffer.from(`${iceUfrag}:peer`)), attribute(0x802a, tieBreaker));
const success = () => signed(0x0101, PASSWORD, attribute(0x0020, Buffer.from('0001000000000000', 'hex')));

describe('IceDetour', () => {
  let detour: IceDetour;
  let engine: Socket;
  let peer: Socket;
  let front: number;

  beforeEach(async () => {
    detour = new IceDetour(0, '127.0.0.1');
    [engine, peer] = [await openUdp(), await openUdp()];
    front = (await detour.lead(target('relay')))!;
  });
  afterEach(() => {
    detour.close();
    engine.close();
    peer.close();
  });

  const target = (iceUfrag: string) => ({ iceUfrag, icePwd: PASSWORD, port: engine.address().port });

  /** What the engine gets of what the peer sends, and from which port; undefined when that is nothing. */
  async function throughTo(receiver: Socket, send: () => void): Promise<{ bytes: Buffer; port: number } | undefined> {
    const received = once(receiver, 'message', { signal: AbortSignal.timeout(SILENCE_MS) }) as Promise<
      [Buffer, { port: number }]
    >;
    send();
    return received.then(
      ([bytes, { port }]) => ({ bytes, port }),
      () => undefined,
    );
  }
  const send = (datagram: Buffer, from = peer) => throughTo(engine, () => from.send(datagram, front, '127.0.0.1'));

  it('gives checks without a tie-breaker one, signed as the engine expects', async () => {
    const { bytes } = (await send(check()))!;
    expect(bytes).not.toEqual(check());
    expect(StunMessage.parse(bytes)?.isSignedWith(PASSWORD)).toBe(true);
    expect(StunMessage.parse(bytes)?.withTieBreaker(PASSWORD)).toBeUndefined();
  });

  it('leaves checks that have one, and whatever follows them, as they are', async () => {
    const sound = check(PASSWORD, 'relay', Buffer.alloc(8, 7));
    expect((await send(sound))?.bytes).toEqual(sound);
    expect((await send(Buffer.from('some DTLS')))?.bytes.toString()).toBe('some DTLS');
  });

  it('brings the engine’s answers back, with the address of the peer in them', async () => {
    const { port } = (await send(check()))!;
    const answer = await throughTo(peer, () => engine.send(success(), port, '127.0.0.1'));
    expect(answer?.port).toBe(front);
    const mapped = StunMessage.parse(success())?.withMappedAddress('127.0.0.1', peer.address().port, PASSWORD);
    expect(answer?.bytes).toEqual(mapped);
    const media = await throughTo(peer, () => engine.send(Buffer.from('some SRTP'), port, '127.0.0.1'));
    expect(media?.bytes.toString()).toBe('some SRTP');
  });

  it.each([
    ['garbage', Buffer.from('garbage')],
    ['a check that is signed with another password', check('guessed')],
    ['a check for somebody else', check(PASSWORD, 'other')],
    ['an answer to a question that nobody asked', success()],
  ])('passes nothing of a stranger on: %s', async (_, datagram) => {
    expect(await send(datagram)).toBeUndefined();
  });

  it('passes nothing to the peer but what comes from the engine', async () => {
    const { port } = (await send(check()))!;
    const stranger = createSocket('udp4');
    expect(await throughTo(peer, () => stranger.send('hello', port, '127.0.0.1'))).toBeUndefined();
    stranger.close();
  });

  it('keeps the ways of one peer few', async () => {
    const sources = Array.from({ length: 9 }, () => createSocket('udp4'));
    const reached = [];
    for (const source of sources) reached.push((await send(check(), source)) !== undefined);
    expect(reached).toEqual([true, true, true, true, true, true, true, true, false]);
    for (const source of sources) source.close();
  });

  it('closes its port with the last peer, and opens it for the next', async () => {
    const second = await detour.lead(target('second'));
    expect(second).toBe(front);
    detour.leave('relay');
    expect(await send(check())).toBeUndefined();
    expect(await send(check(PASSWORD, 'second'))).toBeDefined();
    detour.leave('second');
    detour.leave('second');
    await sleep(10);
    const free = createSocket('udp4').bind({ port: front, address: '127.0.0.1', exclusive: true });
    await once(free, 'listening');
    free.close();
    front = (await detour.lead(target('third')))!;
    expect(await send(check(PASSWORD, 'third'))).toBeDefined();
  });

  it('leads nobody where its port is taken, or where there is no IPv4', async () => {
    const late = new IceDetour(front, '127.0.0.1');
    expect(await late.lead(target('x'))).toBeUndefined();
    expect(await new IceDetour(0, '::1').lead(target('x'))).toBeUndefined();
    late.close();
  });

  it('opens nothing for a peer that was gone meanwhile', async () => {
    const other = new IceDetour(0, '127.0.0.1');
    const leading = other.lead(target('x'));
    other.leave('x');
    expect(await leading).toBeUndefined();
  });
});
