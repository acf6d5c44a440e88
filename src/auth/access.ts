import { SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Role } from '../caller/actor.js';

// Who may call a route, as the route itself declares. One that declares nothing answers nobody.

const PUBLIC = 'azaan:public';
const ROLES = 'azaan:roles';
const OPEN_TO_LISTENERS = 'azaan:open-to-listeners';
const OPEN_TO_STATUS_ADDRESSES = 'azaan:open-to-status-addresses';
const OWN_MASJID = 'azaan:own-masjid';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** Anyone may call; a token that is shown is not looked at. */
export const Public = (): RouteDecorator => SetMetadata(PUBLIC, true);

/** Bearers of a token with one of these roles may call. */
export const Roles = (...roles: readonly [Role, ...Role[]]): RouteDecorator => SetMetadata(ROLES, roles);

/** Besides, anyone may call without a token while `LISTENER_AUTH` is open. One that is shown must be good all the same. */
export const OpenToListeners = (): RouteDecorator => SetMetadata(OPEN_TO_LISTENERS, true);

/** Besides, callers at the addresses of `STATUS_ALLOW_IPS` may call without a token. One that is shown must be good all the same. */
export const OpenToStatusAddresses = (): RouteDecorator => SetMetadata(OPEN_TO_STATUS_ADDRESSES, true);

/** A token must be for the masjid that the body names as its `connectionID`; an admin's is for all of them. */
export const OwnMasjid = (): RouteDecorator => SetMetadata(OWN_MASJID, true);

export type Access =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'roles';
      readonly roles: readonly Role[];
      readonly openToListeners: boolean;
      readonly openToStatusAddresses: boolean;
      readonly ownMasjid: boolean;
    };

/**
 * What a route declares, on itself or for all of its controller.
 *
 * @returns undefined when it declares nothing, or two things that exclude each other
 */
export function declaredAccess(reflector: Reflector, handler: Handler, controller: Handler): Access | undefined {
  const read = (key: string): unknown => reflector.getAllAndOverride<unknown>(key, [handler, controller]);
  const isPublic = read(PUBLIC) === true;
  const roles = read(ROLES) as readonly Role[] | undefined;
  if (isPublic === (roles !== undefined)) return undefined;
  if (roles === undefined) return { kind: 'public' };
  return {
    kind: 'roles',
    roles,
    openToListeners: read(OPEN_TO_LISTENERS) === true,
    openToStatusAddresses: read(OPEN_TO_STATUS_ADDRESSES) === true,
    ownMasjid: read(OWN_MASJID) === true,
  };
}

type Handler = Parameters<Reflector['getAllAndOverride']>[1][number];
