import { BlockList, isIPv6 } from 'node:net';

/** Addresses and CIDR ranges (RFC 4632) that may do something. */
export class IpAllowList {
  private readonly allowed = new BlockList();

  /** @param entries valid addresses or ranges; the configuration has checked them */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.allowed.addAddress(address, family);
      else this.allowed.addSubnet(address, Number(prefix), family);
    }
  }

  has(address: string | undefined): boolean {
    if (address === undefined) return false;
    // A dual-stack socket reports IPv4 callers as ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2).
    const folded = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return this.allowed.check(folded, isIPv6(folded) ? 'ipv6' : 'ipv4');
  }
}
