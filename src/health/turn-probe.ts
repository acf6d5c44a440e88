import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { on, once } from 'node:events';
import { connect } from 'node:net';
import type { TurnAddress } from './turn-server.js';

/** A datagram may be lost; a STUN client asks again after this long (RFC 8489, 6.2.1). */
const RETRANSMIT_MS = 500;
const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
/** Success 0x0101, error 0x0111: who refuses is there too. */
const ANSWERS: readonly number[] = [0x0101, 0x0111];

/**
 * Resolves when a TURN server answers: to a STUN binding request (RFC 8489), or to a TCP connection.
 *
 * @throws Error when it cannot be reached, an AbortError when `signal` is aborted before that is known
 */
export async function probeTurn({ host, port, transport }: TurnAddress, signal: AbortSignal): Promise<void> {
  const { address, family } = await lookup(host);
  if (transport === 'udp') await askOverUdp(address, family, port, signal);
  else await connectOverTcp(address, port, signal);
}

async function askOverUdp(address: string, family: number, port: number, signal: AbortSignal): Promise<void> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const request = bindingRequest();
  let asking: NodeJS.Timeout | undefined;
  try {
    // A connected socket takes datagrams of that address alone, and learns of a port that nobody listens on.
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
    const datagrams = on(socket, 'message', { signal }) as AsyncIterable<[Buffer]>;
    socket.send(request);
    asking = setInterval(() => socket.send(request), RETRANSMIT_MS);
    for await (const [datagram] of datagrams) if (answers(datagram, request)) return;
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

async function connectOverTcp(address: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    socket.destroy();
  }
}

function bindingRequest(): Buffer {
  const request = Buffer.alloc(HEADER_BYTES);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(request, 8);
  return request;
}

/** Cookie and transaction id of the answer are those of the request. */
function answers(datagram: Buffer, request: Buffer): boolean {
  return (
    datagram.length >= HEADER_BYTES &&
    ANSWERS.includes(datagram.readUInt16BE(0)) &&
    datagram.subarray(4, HEADER_BYTES).equals(request.subarray(4))
  );
}
