import request from 'supertest';
import { expect, it } from 'vitest';
import { startServer, type TestServer } from '../../support/server.js';
import { TurnServer } from '../../support/turn-server.js';

const SECRET = 'a-secret-that-coturn-knows';
const EVENTUALLY = { timeout: 15_000, interval: 250 };

async function turnPart({ url }: TestServer): Promise<string> {
  const { text } = await request(url).get('/readyz');
  const { details } = JSON.parse(text) as { readonly details: { readonly turn: { readonly status: string } } };
  return details.turn.status;
}

it.each(['udp', 'tcp'])('GET /readyz knows over %s whether a real coturn is there', async (transport) => {
  await using stack = new AsyncDisposableStack();
  const turn = stack.use(await TurnServer.start([SECRET]));
  const url = turn.urls.find((each) => each.endsWith(transport))!;
  await using server = await startServer({ MEDIA_WORKERS: '1', TURN_URLS: url, TURN_SECRETS: SECRET });
  await expect.poll(() => turnPart(server), EVENTUALLY).toBe('up');
  await stack.disposeAsync();
  await expect.poll(() => turnPart(server), EVENTUALLY).toBe('down');
});
