// Fills the monitoring's configuration in: templates and the answers of monitoring.env go in, what the daemons read
// comes out. Plain Node, without packages: it runs on a server before anything is installed.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseArgs, parseEnv } from 'node:util';

const HERE = import.meta.dirname;

/** Read by the daemon's group, and by nobody else: secrets are in it. */
const SECRET_MODE = 0o640;

/** Template, and where it goes below the output folder: the folders of Debian's packages below /etc. */
const FILES = [
  { from: 'prometheus/prometheus.yml', to: 'prometheus/prometheus.yml' },
  { from: 'alertmanager/alertmanager.yml', to: 'prometheus/alertmanager.yml', mode: SECRET_MODE },
  { from: 'blackbox/blackbox.yml', to: 'prometheus/blackbox.yml' },
];
const COPIES = [
  { from: 'prometheus/rules', to: 'prometheus/rules' },
  { from: 'alertmanager/templates', to: 'prometheus/templates' },
];

/** The answers that each bring one channel to people. */
const CHANNELS = ['TELEGRAM_CHAT_ID', 'SLACK_WEBHOOK_URL_FILE', 'EMAIL_TO', 'ALERT_WEBHOOK_URL_FILE'];

type Answers = Readonly<Record<string, string | undefined>>;

/**
 * - `${NAME}` becomes the answer, `${file:NAME}` the first line of the file that the answer names;
 * - what stands between `#if NAME` and `#end` stays when the answer is not empty.
 *
 * @throws Error for a name that `answers` does not have, and for an answer that would break out of its quotes
 */
export function render(template: string, answers: Answers): string {
  const answer = (name: string): string => {
    const value = answers[name];
    if (value === undefined) throw new Error(`${name} is not a variable of monitoring.env.example`);
    if (/['"\\\n]/.test(value)) throw new Error(`${name} must not hold quotes, backslashes or line ends`);
    return value;
  };
  const kept: string[] = [];
  let keeping = true;
  for (const line of template.split('\n')) {
    const condition = /^ *#if (\w+)$/.exec(line)?.[1];
    if (condition !== undefined) keeping = answer(condition) !== '';
    else if (/^ *#end$/.test(line)) keeping = true;
    else if (keeping) kept.push(line);
  }
  return kept
    .join('\n')
    .replaceAll(/\$\{file:(\w+)\}/g, (_, name: string) => firstLine(answer(name)))
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => answer(name));
}

function firstLine(path: string): string {
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  if (line === '' || /['"\\]/.test(line)) throw new Error(`${path} must hold one line, without quotes or backslashes`);
  return line;
}

/** The example's answers, and the operator's above them. @throws Error for a name that the example does not have */
function readAnswers(path: string | undefined): Answers {
  const defaults = parseEnv(readFileSync(join(HERE, 'monitoring.env.example'), 'utf8'));
  const own = path === undefined ? {} : parseEnv(readFileSync(path, 'utf8'));
  const unknown = Object.keys(own).find((name) => !(name in defaults));
  if (unknown !== undefined) throw new Error(`${unknown} is not a variable of monitoring.env.example`);
  return { ...defaults, ...own };
}

function main(): void {
  const { values } = parseArgs({ options: { answers: { type: 'string' }, out: { type: 'string' } } });
  if (values.out === undefined) throw new Error('usage: render.ts [--answers monitoring.env] --out FOLDER');
  const answers = readAnswers(values.answers);
  if (CHANNELS.every((name) => answers[name] === '')) {
    process.stderr.write(`Nobody will hear of alerts: one of ${CHANNELS.join(', ')} should have a value.\n`);
  }
  for (const { from, to, mode } of FILES) {
    const path = join(values.out, to);
    const text = render(readFileSync(join(HERE, from), 'utf8'), answers);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, mode === undefined ? {} : { mode });
    if (mode !== undefined) chmodSync(path, mode);
  }
  for (const { from, to } of COPIES) cpSync(join(HERE, from), join(values.out, to), { recursive: true });
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
