import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * A UDP port that the engine can have. The engine itself says nothing of use about one that it cannot have; this does.
 *
 * @param port 0 for one that the system chooses
 * @throws Error naming the port and what to do
 */
export async function freeUdpPort(port: number, address: string | undefined): Promise<number> {
  const socket = createSocket(address?.includes(':') === true ? 'udp6' : 'udp4');
  try {
    socket.bind({ port, ...(address === undefined ? {} : { address }), exclusive: true });
    await once(socket, 'listening');
    return socket.address().port;
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
