import { describe, expect, it } from 'vitest';
import { isLinkLocalAt, keyAt, readSockaddr, SOCKET_ID_BYTES, writeSockaddr } from './address.js';

const AT = SOCKET_ID_BYTES;

function sockaddrOf(address: string, port: number, socketId = 1): Buffer {
  const memory = Buffer.alloc(AT + 28, 0xff);
  memory.writeUInt32LE(socketId);
  return memory.subarray(0, AT + writeSockaddr(memory, AT, { address, port }));
}

describe('a socket address', () => {
  it('is laid out as the kernel has it', () => {
    expect(sockaddrOf('192.0.2.7', 49152).toString('hex', AT)).toBe('0200c000c00002070000000000000000');
    expect(sockaddrOf('2001:db8::1', 443).toString('hex', AT)).toBe(
      '0a0001bb0000000020010db800000000000000000000000100000000',
    );
  });

  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('reads %s back as %s', (address, canonical) => {
    expect(readSockaddr(sockaddrOf(address, 5), AT)).toEqual({ address: canonical, port: 5 });
  });

  it.each(['', 'localhost', '1.2.3', 'fe80::1%eth0', '1::2::3'])('is not made of %s', (address) => {
    expect(() => sockaddrOf(address, 1)).toThrow(TypeError);
  });

  it('has one key for a socket and an address, whatever lies behind it', () => {
    const [one, again] = [sockaddrOf('192.0.2.7', 7), sockaddrOf('192.0.2.7', 7)];
    again.fill(0xee, AT + 8);
    expect(keyAt(one, AT)).toBe(keyAt(again, AT));
  });

  it('has other keys for other sockets, addresses, ports and families', () => {
    const keys = [
      sockaddrOf('192.0.2.7', 7),
      sockaddrOf('192.0.2.7', 7, 2),
      sockaddrOf('192.0.2.7', 7, 256),
      sockaddrOf('192.0.2.8', 7),
      sockaddrOf('192.0.2.7', 8),
      sockaddrOf('::c000:207', 7),
      sockaddrOf('2001:db8::1', 7),
      sockaddrOf('2001:db8::2', 7),
    ].map((memory) => keyAt(memory, AT));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    ['fe80::1', true],
    ['febf::1', true],
    ['fec0::1', false],
    ['2001:db8::fe80', false],
    ['254.128.0.1', false],
  ])('%s is link-local: %s', (address, expected) => {
    expect(isLinkLocalAt(sockaddrOf(address, 1), AT)).toBe(expected);
  });
});
