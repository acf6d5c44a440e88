/**
 * What a look at the machine found.
 *
 * @typedef {{ status: 'ok' | 'bad' | 'unknown', seen: string, mend?: string, forPeople?: true }} Finding
 */

/** @returns {Finding} it is as it must be */
export const good = (seen) => ({ status: 'ok', seen });

/** @returns {Finding} it is not; `mend` where the check's own does not fit */
export const bad = (seen, mend) => ({ status: 'bad', seen, ...(mend === undefined ? {} : { mend }) });

/** @returns {Finding} it cannot be told here, or not yet */
export const unknown = (seen, mend) => ({ status: 'unknown', seen, ...(mend === undefined ? {} : { mend }) });

/** @returns {Finding} a person decides it, and may confirm it */
export const forPeople = (seen) => ({ ...unknown(seen), forPeople: true });

/** @returns {Finding} good when none of the problems is one: false, '' and undefined are not */
export function unlessAny(problems, seen) {
  const real = problems.filter(Boolean);
  return real.length === 0 ? good(seen) : bad(real.join('; '));
}

/** Thrown where a look cannot go on: the check is unknown then, not bad. */
export class CannotTell extends Error {}
