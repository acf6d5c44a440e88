import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule } from '../../src/app.module.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import type { AuditEvent } from '../../src/audit/audit-events.js';
import { loadConfig } from '../../src/config/load-config.js';
import { configureHttp } from '../../src/http/configure-http.js';
import { RelayRegistry } from '../../src/relay/relay-registry.js';
import { FakeRelay } from './fake-relay.js';
import { TEST_JWT_KEYS } from './tokens.js';

/** The HTTP side as it is, before a relay that does as told. */
export class TestApp implements AsyncDisposable {
  private constructor(
    readonly app: NestExpressApplication,
    readonly relay: FakeRelay,
    /** What was recorded in the audit log. */
    readonly audited: readonly AuditEvent[],
  ) {}

  static async start(env: NodeJS.ProcessEnv = {}, controllers: Type[] = []): Promise<TestApp> {
    const relay = new FakeRelay();
    const config = loadConfig({
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      JWT_KEYS: TEST_JWT_KEYS,
      // Many tests send what is bad on purpose.
      BAN_AFTER_FAILURES: '10000',
      ...env,
    });
    const audited: AuditEvent[] = [];
    const module = await Test.createTestingModule({ imports: [AppModule.forRoot(config)], controllers })
      .overrideProvider(RelayRegistry)
      .useValue(relay)
      .overrideProvider(AuditLog)
      .useValue({ record: (event: AuditEvent) => audited.push(event) })
      .compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class, and documents literals.
    const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app, config.http);
    await app.listen(0, '127.0.0.1');
    return new TestApp(app, relay, audited);
  }

  get http(): ReturnType<typeof request> {
    return request(this.app.getHttpServer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }
}
