import { readFile } from 'node:fs/promises';

/** A table that is read while sockets come and go may lack a row. */
const READS = 5;

/** What the kernel says of the UDP socket that is bound to a port. */
export interface UdpQueue {
  /** Waiting to be read. */
  readonly bytes: number;
  /** Datagrams that found the queue full, since the socket was opened. */
  readonly drops: number;
}

/** @throws Error when no socket is bound to the port */
export async function udpQueue(port: number): Promise<UdpQueue> {
  for (let read = 0; read < READS; read += 1) {
    const found = await findQueue(port);
    if (found !== undefined) return found;
  }
  throw new Error(`no UDP socket is bound to port ${port}`);
}

async function findQueue(port: number): Promise<UdpQueue | undefined> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const row of (await readFile(table, 'utf8')).split('\n')) {
      const [, local, , , queues = '', , , , , , , , drops] = row.trim().split(/\s+/);
      if (local?.endsWith(suffix) !== true) continue;
      return { bytes: Number.parseInt(queues.split(':')[1] ?? '', 16), drops: Number(drops) };
    }
  }
  return undefined;
}
