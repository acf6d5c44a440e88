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
import { compare } from './scenarios/compare.js';
import { joins } from './scenarios/joins.js';
import { memory } from './scenarios/memory.js';
import { observe } from './scenarios/observe.js';
import type { Scenario } from './scenarios/scenario.js';
import { thousand } from './scenarios/thousand.js';
import { runInScope, type Scope } from './scope.js';
import { readPeerKind } from './peer-kind.js';
import type { PeerKind } from './load/load-protocol.js';
import { wholeNumber } from './whole-number.js';

const SCENARIOS: readonly Scenario[] = [compare, joins, thousand, memory, observe];
const REPORT_DIRECTORY = 'docs/bench';
const REPORT_FILE = 'results.md';
const MAX_LISTENERS = 10_000;
const MAX_SECONDS = 600;
const QUIET_CHECK_MS = 2_000;

function help(): string {
  const scenarios = SCENARIOS.map(({ name, help: text, defaults, minutes }) => {
    const { listeners, seconds } = defaults;
    return `  ${name.padEnd(9)} ${text}\n            (--listeners ${listeners} --seconds ${seconds}, about ${minutes} min)`;
  });
  return [
    'Usage: npm run bench [-- SCENARIO] [--listeners N] [--seconds S] [--peers KIND]',
    '',
    'Measures the relay on this machine, over loopback, and adds the results to docs/bench/. Without a scenario: all of them,',
    `about ${Math.ceil(SCENARIOS.reduce((sum, { minutes }) => sum + minutes, 0))} minutes in which nothing else should run.`,
    '',
    ...scenarios,
    '',
    "KIND is light, listeners made of this relay's own layers (the default), or libdatachannel, an implementation of its own,",
    'whose listeners take ten times the CPU: with them, have fewer.',
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
  readonly peers: PeerKind;
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
    peers: options.peers,
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
    options: {
      listeners: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string', default: 'light' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help());
    return true;
  }
  const [name, ...rest] = positionals;
  const wanted = SCENARIOS.filter((scenario) => name === undefined || scenario.name === name);
  if (wanted.length === 0 || rest.length > 0) throw new Error(`no such scenario: ${positionals.join(' ')}; see --help`);
  const options = { ...values, peers: readPeerKind(values.peers) };
  for (const scenario of wanted) await measure(scenario, args, options, scope, line);
  return true;
});
