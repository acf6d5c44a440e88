import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LiveLine } from '../src/cli/live-line.js';
import { CoreLoad, describeMachine } from './measure/machine.js';
import { repositoryRoot } from './paths.js';
import { toSvg } from './report/chart.js';
import { CHART_FILE, mergeSection } from './report/markdown.js';
import type { Section } from './report/results.js';
import { toTerminal } from './report/terminal.js';
import { churn } from './scenarios/churn.js';
import { compare } from './scenarios/compare.js';
import { limit } from './scenarios/limit.js';
import { memory } from './scenarios/memory.js';
import { observe } from './scenarios/observe.js';
import type { Scenario } from './scenarios/scenario.js';
import { thousand } from './scenarios/thousand.js';
import { runInScope, type Scope } from './scope.js';
import { wholeNumber } from './whole-number.js';

const SCENARIOS: readonly Scenario[] = [compare, thousand, churn, memory, observe, limit];
const REPORT_DIRECTORY = 'docs/bench';
const REPORT_FILE = 'results.md';
const MAX_LISTENERS = 10_000;
const MAX_SECONDS = 600;
const QUIET_CHECK_MS = 2_000;

function help(): string {
  const scenarios = SCENARIOS.map(({ name, help: text, defaults }) => {
    const { listeners, seconds } = defaults;
    return `  ${name.padEnd(9)} ${text}\n            (--listeners ${listeners} --seconds ${seconds})`;
  });
  return [
    'Usage: npm run bench [-- SCENARIO] [--listeners N] [--seconds S]',
    '',
    'Measures the relay on this machine, over loopback, and adds the results to docs/bench/. Without a scenario: compare.',
    '',
    ...scenarios,
    '',
    `N is at most ${MAX_LISTENERS}, S at most ${MAX_SECONDS}. Settings of the server, such as MEDIA_WORKERS, are taken from the environment.`,
  ].join('\n');
}

function write(section: Section): void {
  const directory = join(repositoryRoot, REPORT_DIRECTORY);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, REPORT_FILE);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const order = SCENARIOS.map(({ title }) => title);
  writeFileSync(file, mergeSection(before, section, order));
  if (section.charts === undefined) return;
  writeFileSync(join(directory, CHART_FILE), toSvg('Cost of relaying, logarithmic scale', section.charts));
}

interface Options {
  readonly listeners?: string | undefined;
  readonly seconds?: string | undefined;
}

async function measure(
  scenario: Scenario,
  args: readonly string[],
  options: Options,
  scope: Scope,
  line: LiveLine,
): Promise<void> {
  const cores = new CoreLoad();
  line.update('looking how busy the machine is');
  await sleep(QUIET_CHECK_MS);
  const busyBefore = cores.sinceLast();
  const body = await scenario.run({
    listeners: wholeNumber('listeners', options.listeners ?? String(scenario.defaults.listeners), MAX_LISTENERS),
    seconds: wholeNumber('seconds', options.seconds ?? String(scenario.defaults.seconds), MAX_SECONDS),
    scope,
    progress: (text) => line.update(text),
  });
  const section: Section = {
    title: scenario.title,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    measuredAt: new Date().toISOString(),
    machine: describeMachine(),
    busyBefore,
    ...body,
  };
  write(section);
  line.end();
  console.log(`\n${toTerminal(section)}\n\nWritten to ${REPORT_DIRECTORY}/${REPORT_FILE}`);
}

await runInScope(async (scope, line) => {
  const args = process.argv.slice(2);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { listeners: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [name = compare.name, ...rest] = positionals;
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (values.help) console.log(help());
  else if (!scenario || rest.length > 0) throw new Error(`no such scenario: ${positionals.join(' ')}; see --help`);
  else await measure(scenario, args, values, scope, line);
  return true;
});
