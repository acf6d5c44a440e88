import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LiveLine } from '../src/cli/live-line.js';
import { CoreLoad, describeMachine } from './measure/machine.js';
import { repositoryRoot } from './paths.js';
import { toSvg } from './report/chart.js';
import { toMarkdown } from './report/markdown.js';
import { mergeSection, readResults, type Results, type Section } from './report/results.js';
import { toTerminal } from './report/terminal.js';
import { churn } from './scenarios/churn.js';
import { compare } from './scenarios/compare.js';
import { limit } from './scenarios/limit.js';
import { memory } from './scenarios/memory.js';
import { observe } from './scenarios/observe.js';
import type { Scenario } from './scenarios/scenario.js';
import { thousand } from './scenarios/thousand.js';
import { Scope } from './scope.js';
import { wholeNumber } from './whole-number.js';

const SCENARIOS: readonly Scenario[] = [compare, thousand, churn, memory, observe, limit];
const REPORT_DIRECTORY = 'docs/bench';
const CHART_FILE = 'results.svg';
const MAX_LISTENERS = 10_000;
const MAX_SECONDS = 600;
const QUIET_CHECK_MS = 2_000;
const EXIT_INTERRUPTED = 130;

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

function write(results: Results): void {
  const directory = join(repositoryRoot, REPORT_DIRECTORY);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(directory, 'results.md'), toMarkdown(results, CHART_FILE));
  const charts = Object.values(results).flatMap((section) => section.charts);
  if (charts.length > 0)
    writeFileSync(join(directory, CHART_FILE), toSvg('Cost of relaying, logarithmic scale', charts));
}

interface Options {
  readonly listeners: string | undefined;
  readonly seconds: string | undefined;
}

const run = { interrupted: false };

async function measure(scenario: Scenario, args: readonly string[], options: Options) {
  const scope = new Scope();
  const line = new LiveLine();
  const interrupt = (): void => {
    run.interrupted = true;
    line.end();
    void scope.close().then(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
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
    const order = SCENARIOS.map(({ name }) => name);
    write(
      mergeSection(readResults(join(repositoryRoot, REPORT_DIRECTORY, 'results.json')), scenario.name, section, order),
    );
    line.end();
    console.log(`\n${toTerminal(section)}\n\nWritten to ${REPORT_DIRECTORY}/results.md`);
  } finally {
    line.end();
    await scope.close();
  }
}

try {
  const args = process.argv.slice(2);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { listeners: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [name = compare.name, ...rest] = positionals;
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (values.help) {
    console.log(help());
  } else if (!scenario || rest.length > 0) {
    throw new Error(`no such scenario: ${positionals.join(' ')}; see --help`);
  } else {
    await measure(scenario, args, { listeners: values.listeners, seconds: values.seconds });
  }
} catch (error) {
  // What fails because its processes were just closed is not worth a word.
  if (!run.interrupted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = run.interrupted ? EXIT_INTERRUPTED : 1;
}
