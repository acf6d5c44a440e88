import { describe, expect, it } from 'vitest';
import { IpAllowList } from './ip-allow-list.js';

describe('IpAllowList', () => {
  const list = new IpAllowList(['127.0.0.0/8', '::1', '203.0.113.7', '2001:db8::/32']);

  it.each(['127.0.0.1', '127.8.9.10', '::1', '203.0.113.7', '2001:db8:1::1', '::ffff:127.0.0.1', '::FFFF:203.0.113.7'])(
    'has %s',
    (address) => {
      expect(list.has(address)).toBe(true);
    },
  );

  it.each(['203.0.113.8', '10.0.0.1', '::2', '2001:db9::1', '::ffff:10.0.0.1', 'localhost', '', undefined])(
    'does not have %s',
    (address) => {
      expect(list.has(address)).toBe(false);
    },
  );
});
