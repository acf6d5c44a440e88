import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectGarbage } from '../../test/support/collect-garbage.js';
import { answerClientErrors } from './client-errors.js';

let server: Server;
let agent: Agent;

beforeEach(async () => {
  agent = new Agent({ keepAlive: true });
  server = createServer();
  answerClientErrors(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  agent.destroy();
  server.close();
});

it('holds no call that is over, however long its connection stays', async () => {
  const calls: WeakRef<IncomingMessage>[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    calls.push(new WeakRef(request));
    response.end();
  });
  const { port } = server.address() as AddressInfo;
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
