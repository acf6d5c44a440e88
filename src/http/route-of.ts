import type { IncomingMessage } from 'node:http';

/** The pattern of the route that took a call, never its address: that may hold anything. `*` when none took it. */
export function routeOf(request: IncomingMessage): string {
  const route = (request as { readonly route?: { readonly path?: unknown } }).route?.path;
  // Before the controller it is the pattern of a middleware: a wildcard, or the route with a slash at its end.
  if (typeof route !== 'string' || route.includes('*')) return '*';
  return route.replace(/(?<=.)\/$/, '');
}
