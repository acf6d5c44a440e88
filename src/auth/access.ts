import { Header, SetMetadata, applyDecorators } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { ROLES, type Role } from '../caller/actor.js';
import type { RatesConfig } from '../config/app-config.js';
import { ApiProblems } from '../http/api-docs.js';

const ACCESS = 'azaan:access';

/** What is counted besides calls as such. */
export type Bucket = Exclude<keyof RatesConfig, 'calls'>;

interface PublicAccess {
  /** Anyone may call; a token that is shown is not looked at. */
  readonly public: true;
  /** Its calls are counted, per address, against `RATE_LIMIT_<limit>_PER_MINUTE`. */
  readonly limit?: Bucket;
}

export interface TokenAccess {
  /** Bearers of a token with one of these roles may call. */
  readonly roles: readonly [Role, ...Role[]];
  /**
   * Who may call without a token besides: anyone while `LISTENER_AUTH` is open, or callers at the addresses of
   * `STATUS_ALLOW_IPS`. A token that is shown must be good all the same.
   */
  readonly openTo?: 'listeners' | 'status addresses';
  /** A token must be for the masjid that the body names as its `connectionID`; an admin's is for all of them. */
  readonly ownMasjid?: true;
  readonly limit?: Bucket;
}

export type AccessRules = PublicAccess | TokenAccess;

const OPEN_WHEN: Readonly<Record<NonNullable<TokenAccess['openTo']>, string>> = {
  listeners: 'while LISTENER_AUTH is open',
  'status addresses': 'at the addresses of STATUS_ALLOW_IPS',
};

/** Who may call a route and how often; documents it too. A route that declares nothing answers nobody. */
export function Access(rules: AccessRules): MethodDecorator {
  return (controller, name, route) => {
    if (Reflect.hasMetadata(ACCESS, route.value as object)) throw new Error(`${String(name)} declares access twice`);
    applyDecorators(SetMetadata(ACCESS, rules), ...documentation(rules))(controller, name, route);
  };
}

/** What a route declares; undefined when it declares nothing. */
export function declaredAccess(reflector: Reflector, route: Parameters<Reflector['get']>[1]): AccessRules | undefined {
  return reflector.get<AccessRules | undefined>(ACCESS, route);
}

function documentation(rules: AccessRules): MethodDecorator[] {
  if ('public' in rules)
    return rules.limit === undefined ? [] : [ApiProblems({ 429: 'This address calls too often.' })];
  const { roles, openTo, ownMasjid } = rules;
  const wrongToken = [
    ...(roles.length < ROLES.length ? [`of another role than ${roles.join(' or ')}`] : []),
    ...(ownMasjid ? ['for another masjid'] : []),
  ];
  return [
    // What a token opens is for its bearer alone.
    Header('Cache-Control', 'no-store'),
    ApiBearerAuth(),
    ...(openTo === undefined ? [] : [ApiSecurity({})]),
    ApiProblems({
      401: `No token, or one that is not valid.${openTo === undefined ? '' : ` None is needed ${OPEN_WHEN[openTo]}.`}`,
      ...(wrongToken.length === 0 ? {} : { 403: `The token is ${wrongToken.join(', or ')}.` }),
      429: 'This address calls too often, or failed too often; Retry-After says when to try again.',
    }),
  ];
}
