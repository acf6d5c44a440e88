import { isIPv4, isIPv6 } from 'node:net';

/** Groups of 16 bits in the part of an IPv6 address that names a network: one customer's link has a /64 (RFC 6177). */
const NETWORK_GROUPS = 4;

/**
 * What one caller counts as: an IPv4 address as it is, also when it is mapped into IPv6 (RFC 4291, 2.5.5.2); of an IPv6
 * address its /64, because whoever has one address there has all of them; `unknown` for what is no address.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unknown';
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 6).join() === '0,0,0,0,0,65535';
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  // The parser of URLs writes every form the same way: compressed, without a dotted tail. It takes no zone.
  const [bare = ''] = address.split('%');
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const first = parse(head);
  const last = tail === undefined ? [] : parse(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function parse(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
