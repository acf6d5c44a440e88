import type { ClientLabel } from '../relay/relay.types.js';

const MAX_CONNECTION_ID_LENGTH = 128;
const CONTROL_CHARACTER = /\p{Cc}/u;

/** What a call names as its `connectionID`, whatever that is. */
export function connectionIdOf({ body }: { readonly body?: unknown }): unknown {
  return (body as { readonly connectionID?: unknown } | undefined)?.connectionID;
}

/** Whether a value may name a broadcast: what `connectionID` is. */
export function isClientLabel(value: unknown): value is ClientLabel {
  return connectionIdProblem(value) === undefined;
}

/** What is wrong with a `connectionID`, as the end of a sentence about it; undefined when nothing is. */
export function connectionIdProblem(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must be a finite number';
  if (typeof value !== 'string') return 'must be a string or a number';
  if (value.length < 1 || value.length > MAX_CONNECTION_ID_LENGTH) {
    return `must be 1 to ${MAX_CONNECTION_ID_LENGTH} characters long`;
  }
  // A lone surrogate cannot be written in UTF-8: two names would look the same in metrics and logs.
  if (CONTROL_CHARACTER.test(value) || !value.isWellFormed()) return 'must not hold control characters';
  // Clients keep broadcasts in plain objects, where these names are taken.
  if (value in Object.prototype) return 'is a reserved name';
  return undefined;
}
