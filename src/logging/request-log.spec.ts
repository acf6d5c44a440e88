import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import express from 'express';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretsService } from '../config/secrets.js';
import { logOptions } from './log-params.js';

const NO_SECRETS = new SecretsService({ jwtKeys: [], jwtPublicKeys: [], turnSecrets: [] });

let server: Server;
let client: Socket;
let answer: RequestHandler;
let line: Promise<Record<string, unknown>>;

beforeEach(async () => {
  line = new Promise((resolve) => {
    const write = (text: string): void => {
      resolve(JSON.parse(text) as Record<string, unknown>);
    };
    const app = express().use(pinoHttp(logOptions('info', NO_SECRETS), { write }), (...call) => answer(...call));
    server = app.listen(0, '127.0.0.1');
  });
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('POST /consumer HTTP/1.1\r\nHost: relay\r\nContent-Length: 0\r\n\r\n');
});

afterEach(() => {
  client.destroy();
  server.close();
});

describe('the line of a call', () => {
  it('has what was answered', async () => {
    answer = (_, response) => response.sendStatus(202);
    expect(await line).toMatchObject({ level: 'info', statusCode: 202, msg: 'request completed' });
  });

  it('has 499 when the client hung up before the answer', async () => {
    answer = () => client.destroy();
    expect(await line).toMatchObject({ level: 'info', statusCode: 499, msg: 'request aborted' });
  });
});
