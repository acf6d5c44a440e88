import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { CHECKS } from './checks.mjs';
import { Confirmations } from './confirmations.mjs';
import { examine, isSelected, sectionOf } from './examine.mjs';
import { differences, readExpectations } from './expect.mjs';
import { Machine } from './machine.mjs';
import { countOf, jsonOf, textOf } from './report.mjs';

const HELP = `usage: infra/doctor [--only SECTION] [--json] [--expect FILE]
       infra/doctor --ask [--only SECTION]
       infra/doctor --confirm ID --by NAME
       infra/doctor --list

Looks at this machine: is every line of the deployment plan true here? Prints ✓ (yes), ✗ (no, and how to mend it) or
? (cannot be told). Changes nothing. Each look ends after 5 s, those that ask package servers or init.sh after 30 s. Run it as root:
what needs root is ? otherwise.

  --only SECTION      a section of the plan (4, 4.2) or one check (4.2-redirect); may be repeated
  --json              for programs: version, at, host, summary{ok,bad,unknown},
                      checks[{id,section,title,status,seen,mend,confirmed,ms}]
  --expect FILE       lines "ID ✗|? reason" of what cannot be otherwise on this machine: exits with 0 when exactly these
                      are not ✓
  --ask               asks about each ? that a person can answer
  --confirm ID        records that NAME has made sure of a ? that a person can answer; it is ✓ then, for 180 days or what
  --by NAME           the check says. What the machine could not tell stays ?, and a ✗ stays ✗, whatever was confirmed
  --list              ids and titles of all checks

Confirmations are in /var/lib/azaan/doctor.json. AZAAN_ANSWERS names the answers (default /etc/azaan/azaan.env).
Exit codes: 0 all ✓, 1 some ✗ (or not as --expect says), 2 wrong usage, 3 no ✗, but some ?
`;
const EXIT = { fine: 0, bad: 1, usage: 2, unanswered: 3 };

const OPTIONS = {
  only: { type: 'string', multiple: true, default: [] },
  json: { type: 'boolean' },
  expect: { type: 'string' },
  ask: { type: 'boolean' },
  confirm: { type: 'string' },
  by: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
};

function select(selections) {
  const strange = selections.find((selection) => !CHECKS.some((check) => isSelected(check, selection)));
  if (strange !== undefined) throw new Error(`there is no section or check ${strange}`);
  const selected = CHECKS.filter(
    (check) => selections.length === 0 || selections.some((selection) => isSelected(check, selection)),
  );
  const needed = new Set(selected.map(({ needs }) => needs));
  // What others judge by is looked at too, and not shown.
  return { selected, looked: CHECKS.filter((check) => selected.includes(check) || needed.has(sectionOf(check))) };
}

function exitCodeOf(results, expectations) {
  if (expectations !== undefined) {
    const differing = differences(results, expectations);
    process.stderr.write(differing.map((line) => `doctor: ${line}\n`).join(''));
    return differing.length === 0 ? EXIT.fine : EXIT.bad;
  }
  const { bad, unknown } = countOf(results);
  if (bad > 0) return EXIT.bad;
  return unknown > 0 ? EXIT.unanswered : EXIT.fine;
}

/** Goes through what a person can answer; the rest keeps its mark. */
async function ask(results, confirmations) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const lines = terminal[Symbol.asyncIterator]();
  const answerTo = async (question) => {
    process.stdout.write(question);
    const { value, done } = await lines.next();
    return done ? '' : value.trim();
  };
  const by = await answerTo('Your name: ');
  if (by === '') throw new Error('--ask needs a name');
  for (const { id, title, mend } of results.filter(({ status, forPeople }) => forPeople && status === 'unknown')) {
    if (/^y(es)?$/i.test(await answerTo(`\n${title}\n  ${mend}\nMade sure? [y/N] `))) confirmations.record(id, by);
  }
  terminal.close();
}

async function confirm({ confirm: id, by }, machine, confirmations) {
  const check = CHECKS.find((each) => each.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  if (!by) throw new Error('--confirm needs --by NAME');
  const [{ forPeople, seen }] = await examine([check], machine, confirmations);
  if (!forPeople) throw new Error(`${id} is for the machine to tell, and it says: ${seen}`);
  confirmations.record(id, by);
}

async function main() {
  const { values: options } = parseArgs({ options: OPTIONS });
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.fine;
  }
  if (options.list) {
    process.stdout.write(CHECKS.map(({ id, title }) => `${id}  ${title}\n`).join(''));
    return EXIT.fine;
  }
  const { selected, looked } = select(options.only);
  const expectations = options.expect && readExpectations(readFileSync(options.expect, 'utf8'), CHECKS);
  const machine = new Machine(process.env['AZAAN_ANSWERS'] ?? '/etc/azaan/azaan.env');
  const confirmations = new Confirmations(machine);
  if (options.confirm !== undefined) {
    await confirm(options, machine, confirmations);
    return EXIT.fine;
  }
  const shown = new Set(selected.map(({ id }) => id));
  const results = (await examine(looked, machine, confirmations)).filter(({ id }) => shown.has(id));
  if (options.ask) {
    await ask(results, confirmations);
    return EXIT.fine;
  }
  process.stdout.write(options.json ? jsonOf(results, machine.nowMs) : textOf(results));
  return exitCodeOf(results, expectations);
}

const exitCode = await main().catch((error) => {
  process.stderr.write(`doctor: ${error.message}\n`);
  return EXIT.usage;
});
// A look that was given up may still hold a socket open.
process.stdout.write('', () => process.exit(exitCode));
