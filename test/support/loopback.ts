import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import process from 'node:process';

/** Below those of `net.ipv4.ip_local_port_range`. */
const [FIRST_PORT, PORTS] = [20_000, 12_000];
let nextPort = process.pid * 64;

/** Listens on loopback. Resolves with the port that the system chose. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends a server and all of its connections. */
export async function end(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  server.closeAllConnections?.();
  await new Promise((resolve) => server.close(resolve));
}

/** A UDP socket on a port of loopback that the system chose. */
export async function openUdp(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/**
 * Ports of loopback that nothing holds, all different. The system gives out none of them by itself, so that nobody else
 * has one by the time that its daemon starts, and processes begin far from one another.
 */
export async function freePorts(count: number): Promise<string[]> {
  const ports: string[] = [];
  for (; ports.length < count; nextPort += 1) {
    const port = FIRST_PORT + (nextPort % PORTS);
    if (await isFree(port)) ports.push(String(port));
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  return once(server, 'listening').then(
    () => new Promise((resolve) => server.close(() => resolve(true))),
    () => false,
  );
}
