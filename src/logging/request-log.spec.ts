import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import express from 'express';
import { pinoHttp } from 'pino-http';
import { expect, it, onTestFinished } from 'vitest';
import { end, listen } from '../../test/support/loopback.js';
import { SecretsService } from '../config/secrets.js';
import { logOptions } from './log-params.js';

const NO_SECRETS = new SecretsService({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: [] });

it('the line of a call has 499 when the client hung up before the answer', async () => {
  const lines: string[] = [];
  const log = pinoHttp(logOptions('info', NO_SECRETS), { write: (line: string) => lines.push(line) });
  const server = createServer(express().use(log, () => client.destroy()));
  onTestFinished(() => end(server));
  const client: Socket = connect(await listen(server), '127.0.0.1');
  client.write('POST /consumer HTTP/1.1\r\nHost: relay\r\nContent-Length: 0\r\n\r\n');
  await expect.poll(() => lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', statusCode: 499, msg: 'request aborted' });
});
