import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { collectGarbage } from '../../test/support/collect-garbage.js';
import { end, listen } from '../../test/support/loopback.js';
import { answerClientErrors } from './client-errors.js';

it('holds no call that is over, however long its connection stays', async () => {
  const agent = new Agent({ keepAlive: true });
  const server = createServer();
  onTestFinished(() => end(server));
  answerClientErrors(server);
  const calls: WeakRef<IncomingMessage>[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    calls.push(new WeakRef(request));
    response.end();
  });
  const port = await listen(server);
  await new Promise<void>((resolve) => {
    get({ host: '127.0.0.1', port, agent }, (response) => response.resume().on('end', resolve));
  });
  await nextTurn();
  await expect
    .poll(() => {
      collectGarbage();
      return calls.map((call) => call.deref());
    })
    .toEqual([undefined]);
  expect(Object.keys(agent.freeSockets)).toHaveLength(1);
});
