const LINE = /^(\S+)\s+([✗?])\s+(\S.*)$/;
const STATUS = { '✗': 'bad', '?': 'unknown' };

/**
 * What a machine cannot have, and why: lines of `ID ✗|? reason`. Empty lines and those that begin with # say nothing.
 *
 * @returns {Map<string, 'bad' | 'unknown'>} by check
 * @throws {Error} for a line that is none, or an id that does not exist
 */
export function readExpectations(text, checks) {
  const known = new Set(checks.map(({ id }) => id));
  const expectations = new Map();
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, id, mark] = LINE.exec(line) ?? [];
    if (id === undefined) throw new Error(`line ${index + 1} is not "ID ✗|? reason"`);
    if (!known.has(id)) throw new Error(`line ${index + 1}: there is no check ${id}`);
    expectations.set(id, STATUS[mark]);
  }
  return expectations;
}

/** @returns {string[]} how the results differ from what was expected: empty when they do not */
export function differences(results, expectations) {
  return results.flatMap(({ id, status, seen }) => {
    const expected = expectations.get(id) ?? 'ok';
    return expected === status ? [] : [`${id} is ${status}, not ${expected}: ${seen}`];
  });
}
