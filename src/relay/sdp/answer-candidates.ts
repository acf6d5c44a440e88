import { isIPv6, SocketAddress } from 'node:net';

const HOST_TYPE_PREFERENCE = 126;
const MAX_LOCAL_PREFERENCE = 65_535;
const RTP_COMPONENT = 1;

/** `a=candidate` lines (RFC 8839, 5.1) for UDP host addresses, with falling priority. */
export function candidateLines(addresses: readonly string[], port: number): string[] {
  return addresses.map(
    (address, index) =>
      `a=candidate:${index + 1} ${RTP_COMPONENT} udp ${hostPriority(index)} ${address} ${port} typ host`,
  );
}

/** The same addresses in canonical spelling, each one once, at its first place. */
export function distinctAddresses(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map(canonical))];
}

/** `IN IP4 192.0.2.1` or `IN IP6 2001:db8::1` */
export function connectionData(address: string): string {
  return `IN ${isIPv6(address) ? 'IP6' : 'IP4'} ${address}`;
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address;
}

/** RFC 8445, 5.1.2.1 */
function hostPriority(index: number): number {
  return HOST_TYPE_PREFERENCE * 2 ** 24 + (MAX_LOCAL_PREFERENCE - index) * 2 ** 8 + (256 - RTP_COMPONENT);
}
