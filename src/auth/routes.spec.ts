import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { declaredAccess } from './access.js';
import type { Access } from './access.js';

/** Whoever adds to this list lets the whole internet call it. */
const PUBLIC = ['GET /broadcast', 'GET /healthz', 'GET /metrics', 'GET /readyz'];

const NOBODY_ELSE = { openToListeners: false, openToStatusAddresses: false, ownMasjid: false };

const GUARDED: Readonly<Record<string, Access>> = {
  'POST /broadcast': { kind: 'roles', roles: ['broadcaster'], ...NOBODY_ELSE, ownMasjid: true },
  'POST /consumer': {
    kind: 'roles',
    roles: ['listener', 'broadcaster', 'admin'],
    ...NOBODY_ELSE,
    openToListeners: true,
    ownMasjid: true,
  },
  'GET /ice-servers': {
    kind: 'roles',
    roles: ['broadcaster', 'listener', 'admin'],
    ...NOBODY_ELSE,
    openToListeners: true,
  },
  'GET /status': { kind: 'roles', roles: ['admin'], ...NOBODY_ELSE, openToStatusAddresses: true },
  'GET /admin/bans': { kind: 'roles', roles: ['admin'], ...NOBODY_ELSE },
  'DELETE /admin/bans/:id': { kind: 'roles', roles: ['admin'], ...NOBODY_ELSE },
  'POST /maintenance': { kind: 'roles', roles: ['admin'], ...NOBODY_ELSE },
  'POST /auth/token': { kind: 'roles', roles: ['admin'], ...NOBODY_ELSE },
};

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
function declaredRoutes({ app }: TestApp): Map<string, Access | undefined> {
  const routes = new Map<string, Access | undefined>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (metatype === null) continue;
      const prototype = metatype.prototype as Readonly<Record<string, Handler>>;
      for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
        const handler = prototype[name]!;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const path = [metatype, handler].map((each) => Reflect.getMetadata(PATH_METADATA, each) as string);
        const access = declaredAccess(new Reflector(), handler, metatype);
        routes.set(`${RequestMethod[method]} ${join(...path)}`, access);
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

  it('declares who may call it', () => {
    const undeclared = [...declaredRoutes(app)].filter(([, access]) => access === undefined).map(([route]) => route);
    expect(undeclared).toEqual([]);
  });

  it('that is public is on the list above', () => {
    const open = [...declaredRoutes(app)].filter(([, access]) => access?.kind === 'public').map(([route]) => route);
    expect(open.sort()).toEqual(PUBLIC);
  });

  it('that is not public declares what the list above says', () => {
    const guarded = [...declaredRoutes(app)].filter(([, access]) => access?.kind === 'roles');
    expect(Object.fromEntries(guarded)).toEqual(GUARDED);
  });

  it('belongs to a controller, where the guard sees it', () => {
    expect(answeredRoutes(app)).toEqual(new Set(declaredRoutes(app).keys()));
  });
});
