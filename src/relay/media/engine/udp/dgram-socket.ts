import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { arenaBytes } from '../native/memory.js';
import { readSockaddr, type RemoteAddress } from './address.js';
import { LocalSocket, SOCKET_BUFFER_BYTES, type SocketOwner } from './local-socket.js';
import { gatheredDatagram, gatheredNameAt } from './send-batch.js';

/** Where the calls of Linux are missing: the same by `node:dgram` alone, one datagram at a time. */
export class DgramSocket extends LocalSocket {
  /**
   * @param port 0 for one that the system chooses
   * @throws Error with a `code` when the address cannot be bound
   */
  static async open(address: string, port: number, owner: SocketOwner): Promise<DgramSocket> {
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      ipv6Only: isIPv6(address),
      // They are numbers already: without this each datagram would wait for the next turn of the loop.
      lookup: (host, options, callback) => callback(null, host, options.family === 6 ? 6 : 4),
    });
    try {
      const listening = once(socket, 'listening');
      socket.bind({ address, port, exclusive: true });
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    return new DgramSocket(address, socket, owner);
  }

  /** What Node cannot send at once it keeps, and reads later: the caller's memory is another datagram by then, hence a copy. */
  send(datagram: Buffer, { address, port }: RemoteAddress): boolean {
    if (this.isClosed || port === 0 || this.socket.getSendQueueSize() > SOCKET_BUFFER_BYTES) return this.count(false);
    this.socket.send(Buffer.from(datagram), port, address, (error) => this.count(error === null));
    return true;
  }

  transmit(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.send(gatheredDatagram(index), readSockaddr(arenaBytes, gatheredNameAt(index)));
    }
  }

  /** Node reads by itself. */
  read(): number {
    return 0;
  }

  kernelDrops(): number {
    return 0;
  }
}
