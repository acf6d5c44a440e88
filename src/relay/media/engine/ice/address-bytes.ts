import { isIPv4 } from 'node:net';

const IPV6_GROUPS = 8;
const IPV4_MAPPED_PREFIX = '0,0,0,0,0,0,0,0,0,0,255,255';

/**
 * An address as the kernel writes it, as 4 or 16 bytes. One of IPv4 that came through a socket of IPv6
 * (`::ffff:192.0.2.1`) is one of IPv4: its owner knows it only so.
 */
export function addressBytes(address: string): readonly number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const [text = ''] = address.split('%');
  const [head = [], tail = []] = text.split('::').map(groupBytes);
  const zeros = Array.from({ length: IPV6_GROUPS * 2 - head.length - tail.length }, () => 0);
  const bytes = [...head, ...zeros, ...tail];
  return bytes.slice(0, 12).join() === IPV4_MAPPED_PREFIX ? bytes.slice(12) : bytes;
}

/** Of what is between, before or after the `::`. */
function groupBytes(groups: string): readonly number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (isIPv4(group)) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
