const TAG = /\{\{([^}]*)\}\}/g;
/** Tags of Prometheus and Alertmanager, `{{ $labels.job }}`: a space, and something that could not be a name of ours. */
const FOREIGN = /^ (?! *[A-Z][A-Z0-9_]* *$)/;
const LOOP_START = /^\s*\{\{#([A-Z][A-Z0-9_]*)\}\}$/;
const LOOP_END = /^\s*\{\{\/([A-Z][A-Z0-9_]*)\}\}$/;

/**
 * Fills a template in.
 *
 * - `{{NAME}}` becomes the value.
 * - Lines between `{{#NAME}}` and `{{/NAME}}`, each on a line of its own, are repeated for every item of a list, which
 *   `{{item}}` names; for a boolean they stay or go, for a text they go when it is empty. They do not nest.
 * - `{{ anything }}`, with a space after the braces, is left to the daemon that reads the file.
 *
 * @param {string} template
 * @param {ReadonlyMap<string, string | boolean | readonly string[]>} values
 * @param {string} file named in errors
 * @returns {{ text: string, used: ReadonlySet<string> }} the text, and the names that the template holds
 * @throws {Error} naming file and line: a name that `values` does not have, a list outside of a loop, a loop left open
 */
export function fillIn(template, values, file) {
  const used = new Set();
  const out = [];
  /** @type {{ name: string, line: number, body: [string, number][] } | undefined} */
  let loop;

  const fail = (line, reason) => {
    throw new Error(`${file}:${line}: ${reason}`);
  };
  const lookUp = (name, line) => {
    const value = values.get(name);
    if (value === undefined) fail(line, `unknown variable ${name}`);
    used.add(name);
    return value;
  };
  const fillLine = (text, line, item) =>
    text.replaceAll(TAG, (tag, name) => {
      if (FOREIGN.test(name)) return tag;
      if (name === 'item') return item ?? fail(line, '{{item}} outside of a loop');
      const value = lookUp(name, line);
      return typeof value === 'string' ? value : fail(line, `${name} is not a text: loop over it`);
    });

  for (const [index, text] of template.split('\n').entries()) {
    const line = index + 1;
    const starts = LOOP_START.exec(text)?.[1];
    const ends = LOOP_END.exec(text)?.[1];
    if (starts !== undefined) {
      if (loop !== undefined) fail(line, `{{#${starts}}} within {{#${loop.name}}}`);
      loop = { name: starts, line, body: [] };
    } else if (ends !== undefined) {
      if (loop?.name !== ends) fail(line, `{{/${ends}}} closes nothing`);
      const items = itemsOf(lookUp(ends, line));
      // Lines that go must be right too, and count as using what they name.
      if (items.length === 0) loop.body.forEach(([body, at]) => fillLine(body, at, ''));
      for (const item of items) {
        out.push(...loop.body.map(([body, at]) => fillLine(body, at, item)));
      }
      loop = undefined;
    } else if (loop !== undefined) {
      loop.body.push([text, line]);
    } else {
      out.push(fillLine(text, line));
    }
  }
  if (loop !== undefined) fail(loop.line, `{{#${loop.name}}} is never closed`);
  return { text: out.join('\n'), used };
}

/** One `undefined` item keeps the lines once; none drops them. */
function itemsOf(value) {
  if (typeof value === 'boolean') return value ? [undefined] : [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  return value;
}
