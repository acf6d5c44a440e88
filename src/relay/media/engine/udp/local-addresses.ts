import { networkInterfaces } from 'node:os';

/** More would make answers long, and few machines have as many. */
const MAX_CANDIDATES = 16;

export interface LocalAddress {
  readonly address: string;
  /** Of the loopback interface. */
  readonly internal: boolean;
}

const LINK_LOCAL = /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i;

/** What this machine has now, without link-local addresses: those mean nothing without an interface. */
export function localAddresses(): LocalAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address }) => !LINK_LOCAL.test(address))
    .map(({ address, internal }) => ({ address, internal }));
}

/** Those that others may reach; on a machine without a network, those that it reaches itself. The first sixteen. */
export function candidatesOf(addresses: readonly LocalAddress[]): string[] {
  const outward = addresses.filter(({ internal }) => !internal);
  return [...new Set((outward.length > 0 ? outward : addresses).map(({ address }) => address))].slice(
    0,
    MAX_CANDIDATES,
  );
}
