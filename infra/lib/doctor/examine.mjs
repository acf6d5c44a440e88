import { setTimeout as delay } from 'node:timers/promises';
import { bad, CannotTell, forPeople, unknown } from './finding.mjs';

const DEADLINE_MS = 5_000;
const AT_A_TIME = 6;
const AS_ROOT = 'sudo infra/doctor';

/**
 * A line of the plan, and how it is looked at.
 *
 * @typedef {object} Check
 * @property {string} id section and word, such as `4.2-redirect`; scripts rely on it
 * @property {string} title what must hold
 * @property {string} [mend] a command, or a page; default `sudo infra/init.sh`
 * @property {boolean} [root] only root can look, and the answers, which are root's, are not asked for
 * @property {number} [deadlineMs] default 5 s
 * @property {number} [confirmedForDays] how long a person's word is good; default 180
 * @property {string} [needs] section whose checks come first, and are handed over
 * @property {(machine: import('./machine.mjs').Machine, others: Result[]) => unknown} [look] a Finding, or a promise of
 *   one; without it, only a person can know
 *
 * @typedef {Check & import('./finding.mjs').Finding & { section: string, ms: number, confirmed?: object }} Result
 */

export const sectionOf = ({ id }) => id.split('-')[0];

/** Whether a selection such as `4`, `4.2` or `4.2-redirect` takes this check. */
export function isSelected(check, selection) {
  const section = sectionOf(check);
  return check.id === selection || section === selection || section.startsWith(`${selection}.`);
}

/**
 * Looks at everything, some at a time, each for a bounded time.
 *
 * @param {readonly Check[]} checks
 * @param {import('./machine.mjs').Machine} machine
 * @param {import('./confirmations.mjs').Confirmations} confirmations
 * @returns {Promise<Result[]>} in the order of `checks`
 */
export async function examine(checks, machine, confirmations) {
  const results = new Map();
  const work = async (queue) => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const others = [...results.values()].filter((result) => result.section === check.needs);
      results.set(check.id, await examineOne(check, machine, others, confirmations));
    }
  };
  // Those that judge by others come after them.
  for (const queue of [checks.filter(({ needs }) => !needs), checks.filter(({ needs }) => needs)]) {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => work(queue)));
  }
  return checks.map(({ id }) => results.get(id));
}

async function examineOne(check, machine, others, confirmations) {
  const startMs = performance.now();
  const finding = await find(check, machine, others);
  const confirmed = finding.forPeople ? confirmations.of(check) : undefined;
  const ms = Math.round(performance.now() - startMs);
  const result = { ...check, ...finding, section: sectionOf(check), ms };
  if (confirmed === undefined) return result;
  const word = `confirmed by ${confirmed.by} on ${confirmed.on}`;
  return confirmed.expired
    ? { ...result, seen: `${word}, which is too long ago; ${finding.seen}` }
    : { ...result, status: 'ok', seen: word, confirmed };
}

async function find(check, machine, others) {
  if (check.look === undefined) return forPeople('only a person can know');
  if (check.root && !machine.isRoot) return unknown('needs root', AS_ROOT);
  try {
    // Asked first: a deadline that nobody waits for, because this throws, would end the doctor.
    const seen = check.look(machine, others);
    const { deadlineMs = DEADLINE_MS } = check;
    const late = delay(deadlineMs).then(() => {
      throw new CannotTell(`no result within ${deadlineMs / 1_000} s`);
    });
    return await Promise.race([seen, late]);
  } catch (error) {
    // What should answer and does not, or cannot be read, is no open question.
    if (!(error instanceof CannotTell)) return bad(error.cause?.message ?? error.message);
    return unknown(error.message, machine.isRoot ? undefined : AS_ROOT);
  }
}
