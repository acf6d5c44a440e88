import { readFile } from 'node:fs/promises';

/** What the kernel says of the UDP socket that is bound to a port. */
export interface UdpQueue {
  /** Waiting to be read. */
  readonly bytes: number;
  /** Datagrams that found the queue full, since the socket was opened. */
  readonly drops: number;
}

/** @throws Error when no socket is bound to the port */
export async function udpQueue(port: number): Promise<UdpQueue> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const row of (await readFile(table, 'utf8')).split('\n')) {
      const [, local, , , queues = '', , , , , , , , drops] = row.trim().split(/\s+/);
      if (local?.endsWith(suffix) !== true) continue;
      return { bytes: Number.parseInt(queues.split(':')[1] ?? '', 16), drops: Number(drops) };
    }
  }
  throw new Error(`no UDP socket is bound to port ${port}`);
}
