import { RequestMethod } from '@nestjs/common';
import { INTERCEPTORS_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { AuditInterceptor } from '../audit/audited.js';
import { declaredAccess, type AccessRules, type TokenAccess } from './access.js';

/** Whoever adds to this list lets the whole internet call it. */
const PUBLIC: Readonly<Record<string, AccessRules>> = {
  'GET /broadcast': { public: true, limit: 'lists' },
  'GET /healthz': { public: true },
  'GET /metrics': { public: true },
  'GET /readyz': { public: true },
};

/** All others, each with who may call it and what its calls count as. */
const GUARDED: Readonly<Record<string, TokenAccess>> = {
  'POST /broadcast': { roles: ['broadcaster'], ownMasjid: true, limit: 'broadcasts' },
  'POST /consumer': {
    roles: ['broadcaster', 'listener', 'admin'],
    openTo: 'listeners',
    ownMasjid: true,
    limit: 'joins',
  },
  'GET /ice-servers': { roles: ['broadcaster', 'listener', 'admin'], openTo: 'listeners' },
  'GET /status': { roles: ['admin'], openTo: 'status addresses' },
  'GET /admin/bans': { roles: ['admin'] },
  'DELETE /admin/bans/:id': { roles: ['admin'] },
  'POST /maintenance': { roles: ['admin'] },
  'POST /auth/token': { roles: ['admin'], limit: 'tokens' },
};

interface Declared {
  readonly access: AccessRules | undefined;
  readonly isAudited: boolean;
}
type Handler = Parameters<typeof declaredAccess>[1];
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

const join = (...parts: string[]) =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;

/** Every route of every controller, with what it declares. */
function declaredRoutes({ app }: TestApp): Map<string, Declared> {
  const reflector = new Reflector();
  const routes = new Map<string, Declared>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (metatype === null) continue;
      const prototype = metatype.prototype as Readonly<Record<string, Handler>>;
      for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
        const handler = prototype[name]!;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const path = [metatype, handler].map((each) => Reflect.getMetadata(PATH_METADATA, each) as string);
        const interceptors = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) ?? []) as readonly unknown[];
        routes.set(`${RequestMethod[method]} ${join(...path)}`, {
          access: declaredAccess(reflector, handler),
          isAudited: interceptors.includes(AuditInterceptor),
        });
      }
    }
  }
  return routes;
}

/** Every route that express answers, whoever put it there. What middleware is bound to ends in a slash or a wildcard. */
function answeredRoutes({ app }: TestApp): Set<string> {
  const { router } = app.getHttpAdapter().getInstance();
  const routes = (router.stack as unknown as readonly Layer[]).flatMap(({ route }) => route ?? []);
  const answering = routes.filter(({ path }) => !/\/$|\*splat/.test(path));
  return new Set(
    answering.flatMap(({ path, methods }) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)),
  );
}

describe('every route', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('declares who may call it, as the lists above say', () => {
    const declared = [...declaredRoutes(app)].map(([route, { access }]) => [route, access]);
    expect(Object.fromEntries(declared)).toEqual({ ...PUBLIC, ...GUARDED });
  });

  it('that is for admins alone goes on record', () => {
    const forAdmins = Object.keys(GUARDED).filter((route) => GUARDED[route]!.roles.join() === 'admin');
    const routes = declaredRoutes(app);
    expect(forAdmins.filter((route) => !routes.get(route)!.isAudited)).toEqual([]);
  });

  it('belongs to a controller, where the guard sees it', () => {
    expect(answeredRoutes(app)).toEqual(new Set(declaredRoutes(app).keys()));
  });
});
