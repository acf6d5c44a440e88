import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * The engine says nothing of use about a port that it cannot have; this does.
 *
 * @param port 0 for one that the system chooses, which is always free
 * @throws Error naming the port and what to do
 */
export async function assertUdpPortFree(port: number, address: string | undefined): Promise<void> {
  const socket = createSocket(address?.includes(':') === true ? 'udp6' : 'udp4');
  try {
    socket.bind({ port, ...(address === undefined ? {} : { address }), exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(
      `UDP port ${String(port)} cannot be bound (${reason}): end the program that uses it, or set MEDIA_UDP_PORT_BASE or MEDIA_BIND_ADDRESS`,
      { cause: error },
    );
  } finally {
    socket.close();
  }
}
