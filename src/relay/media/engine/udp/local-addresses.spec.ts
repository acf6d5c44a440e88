import { expect, it } from 'vitest';
import { candidatesOf, localAddresses } from './local-addresses.js';

it('offers the addresses of networks, each once, and not those of the machine itself', () => {
  const addresses = [
    { address: '127.0.0.1', internal: true },
    { address: '192.0.2.1', internal: false },
    { address: '192.0.2.1', internal: false },
    { address: '2001:db8::1', internal: false },
  ];
  expect(candidatesOf(addresses)).toEqual(['192.0.2.1', '2001:db8::1']);
});

it('offers those of the machine itself when there is no network', () => {
  expect(candidatesOf([{ address: '127.0.0.1', internal: true }])).toEqual(['127.0.0.1']);
  expect(candidatesOf([])).toEqual([]);
});

it('finds the addresses of this machine, without those that need an interface', () => {
  const found = localAddresses();
  expect(found).toContainEqual({ address: '127.0.0.1', internal: true });
  expect(found.filter(({ address }) => /^(fe80:|169\.254\.)/.test(address))).toEqual([]);
});
