import { parseArgs } from 'node:util';
import { ConfigError } from '../config/config-error.js';
import { fileConfig } from '../config/process-config.js';
import { runProgram } from './program.js';

const HELP = `Says whether a server would start with FILE as its whole configuration: it reads nothing else, and changes nothing.

  npm run --silent check-config -- FILE

  FILE     such as .env; .env.example has every variable, with its default and meaning
  --help   this text

Exit code: 0 it would, 1 it would not, with one line for every bad variable, 2 wrong arguments.`;

/** @returns the only argument; undefined when help is wanted @throws Error with one line that says what is wrong */
function readArguments(): string | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return undefined;
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error('Name one file.');
  return file;
}

function checkConfig(file: string): number {
  try {
    fileConfig(file);
    console.log(`${file} is a configuration that the server starts with.`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.problems.join('\n'));
    return 1;
  }
}

process.exitCode = await runProgram(HELP, readArguments, checkConfig);
