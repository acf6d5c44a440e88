import { beforeEach, describe, expect, it } from 'vitest';
import { AddressShareError } from '../errors/app-error.js';
import { ConnectingPeers } from './connecting-peers.js';

let connecting: ConnectingPeers;

beforeEach(() => {
  connecting = new ConnectingPeers(2);
});

const hasRoom = (addressKey: string): boolean => {
  try {
    connecting.assertRoom(addressKey);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(AddressShareError);
    expect((error as AddressShareError).retryAfterSeconds).toBe(5);
    return false;
  }
};

describe('ConnectingPeers', () => {
  it('has room for an address until it has its share, whatever others have', () => {
    connecting.add('a', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(true);
    connecting.add('b', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(false);
    expect(hasRoom('192.0.2.2')).toBe(true);
  });

  it('has room again when one connects or goes, which both count once', () => {
    for (const peer of ['a', 'b']) connecting.add(peer, '192.0.2.1');
    for (const peer of ['a', 'a', 'stranger']) connecting.remove(peer);
    expect(hasRoom('192.0.2.1')).toBe(true);
    connecting.add('c', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(false);
  });
});
