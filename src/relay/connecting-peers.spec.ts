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
  it('has room for an address until it has its share', () => {
    connecting.add('a', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(true);
    connecting.add('b', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(false);
  });

  it('counts each address alone', () => {
    connecting.add('a', '192.0.2.1');
    connecting.add('b', '192.0.2.1');
    expect(hasRoom('192.0.2.2')).toBe(true);
  });

  it('has room again when one connects or goes, which both count once', () => {
    connecting.add('a', '192.0.2.1');
    connecting.add('b', '192.0.2.1');
    connecting.remove('a');
    connecting.remove('a');
    expect(hasRoom('192.0.2.1')).toBe(true);
    connecting.add('c', '192.0.2.1');
    expect(hasRoom('192.0.2.1')).toBe(false);
  });

  it('lets go of peers that it never had', () => {
    connecting.remove('stranger');
    expect(hasRoom('192.0.2.1')).toBe(true);
  });
});
