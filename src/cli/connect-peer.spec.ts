import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { end, listen } from '../../test/support/loopback.js';
import { BroadcastError, exchangeOffer } from './connect-peer.js';

const never = new AbortController().signal;
let server: Server;

afterEach(() => end(server));

/** What `exchangeOffer` makes of an answer. */
async function posting(answer: RequestListener, path = ''): Promise<string | BroadcastError> {
  server = createServer(answer);
  const url = `http://127.0.0.1:${await listen(server)}${path}`;
  const target = { url, masjidId: 'noor', token: () => Promise.resolve(undefined) };
  return exchangeOffer(target, '/broadcast', 'v=0', never).catch((error: unknown) => {
    if (error instanceof BroadcastError) return error;
    throw error;
  });
}

describe('exchangeOffer', () => {
  it('posts below the path of the URL, with or without a slash at its end', async () => {
    const answer: RequestListener = (request, response) =>
      void response.end(JSON.stringify({ sdp: { type: 'answer', sdp: request.url } }));
    expect(await posting(answer, '/relay/')).toBe('/relay/broadcast');
  });

  it('takes a server that answers something else for another server', async () => {
    const error = (await posting((_, response) => void response.end('<html>'))) as BroadcastError;
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).toMatch(/not like an azaan relay/);
  });

  it('does not follow a redirection, which would lose the token or the offer', async () => {
    const error = await posting((_, response) => void response.writeHead(301, { location: '/elsewhere' }).end());
    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('(301)') as string });
  });

  it.each([
    [429, 'busy'],
    [502, 'busy'],
    [503, 'busy'],
    [403, 'refused'],
    [404, 'refused'],
  ])('tells after status %i that the server is %s', async (status, kind) => {
    expect(await posting((_, response) => void response.writeHead(status).end('<html>'))).toMatchObject({ kind });
  });

  it('keeps the terminal safe from what the server says', async () => {
    const body = JSON.stringify({ detail: 'no\u001b[2J\nway' });
    const error = (await posting((_, response) => void response.writeHead(403).end(body))) as BroadcastError;
    expect(error.message).toMatch(/\(403\): no \[2J way$/);
  });

  it('says that a connection broke before the answer', async () => {
    expect(await posting((request) => void request.socket.destroy())).toMatchObject({ kind: 'unreachable' });
  });
});
