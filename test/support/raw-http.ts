import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 5_000;

/** What came back on a connection until the server closed it, or had nothing more to say. */
export interface RawAnswer {
  /** Of every response on the connection. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/**
 * Sends bytes as they are, and then ends its side.
 *
 * @throws Error when the server neither answers nor closes within 5 s
 */
export function sendRaw(url: string, bytes: Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      reject(new Error(`no answer to ${bytes.subarray(0, 200).toString('latin1')}`));
      socket.destroy();
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that resets the connection has said enough.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve({ statuses, text });
    });
    socket.end(bytes);
  });
}
