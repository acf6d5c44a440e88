import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { configureHttp } from './configure-http.js';

describe('the address of a caller', () => {
  let app: NestExpressApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({}).compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class, and documents literals.
    app = module.createNestApplication<NestExpressApplication>({ logger: false });
    configureHttp(app, loadConfig({}).http);
  });
  afterEach(() => app.close());

  /** What Express makes of a request that came over a connection from `remoteAddress`. */
  function addressOf(remoteAddress: string, forwardedFor: string): string | undefined {
    const express = app.getHttpAdapter().getInstance();
    const request = Object.create(express.request, {
      app: { value: express },
      headers: { value: { 'x-forwarded-for': forwardedFor } },
      socket: { value: { remoteAddress } },
      connection: { value: { remoteAddress } },
    }) as Request;
    return request.ip;
  }

  it.each(['203.0.113.9', '10.0.0.7', '192.168.1.7', '::ffff:203.0.113.9', '2001:db8::9', 'fe80::1'])(
    'is that of the connection when it comes from %s, whatever it claims',
    (outside) => {
      expect(addressOf(outside, '198.51.100.1')).toBe(outside);
      expect(addressOf(outside, '127.0.0.1')).toBe(outside);
      expect(addressOf(outside, '198.51.100.1, 127.0.0.1')).toBe(outside);
    },
  );

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.53'])(
    'is what the proxy says when it comes from %s, and nothing that the proxy was told',
    (loopback) => {
      expect(addressOf(loopback, '203.0.113.9')).toBe('203.0.113.9');
      expect(addressOf(loopback, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    },
  );
});
