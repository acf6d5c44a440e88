#!/usr/bin/env node
// Makes the configuration files of a server from its answers. Plain Node, without packages: it runs before `npm ci`.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { makeSecrets, readAnswers, SECRET_NAMES, templateValues } from './answers.mjs';
import { fillIn } from './template.mjs';

const INFRA = resolve(import.meta.dirname, '..');
const SUFFIX = '.tmpl';
const HELP = `usage: infra/render/render.mjs [--answers FILE] [--out FOLDER] [--check] [--help]

Renders every template of infra/templates into FOLDER, at the same path, and prints what changed.

  --answers FILE  the answers (default /etc/azaan/azaan.env; see infra/azaan.env.example).
                  Secrets that are empty in it are made and written to it; its mode becomes 0600.
  --out FOLDER    where files go (default: ROOT of the answers, or /)
  --check         changes nothing; exits with 3 when something would change
`;

const DIFFERS = 3;

function main() {
  const { values: options } = parseArgs({
    options: {
      answers: { type: 'string', default: '/etc/azaan/azaan.env' },
      out: { type: 'string' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const answers = readAnswers(options.answers, join(INFRA, 'azaan.env.example'));
  const missing = [...SECRET_NAMES].filter((name) => answers.get(name) === '');
  if (options.check && missing.length > 0) {
    process.stdout.write(missing.map((name) => `would make ${name}\n`).join(''));
    return DIFFERS;
  }
  if (!options.check) makeSecrets(options.answers, answers).forEach((name) => process.stdout.write(`made ${name}\n`));
  // All are rendered before any is written: a template that fails leaves the machine as it is.
  const out = resolve(options.out ?? (answers.get('ROOT') || '/'));
  const changes = renderAll(templateValues(answers)).filter(({ path, text, mode }) => {
    const target = join(out, path);
    return !existsSync(target) || readFileSync(target, 'utf8') !== text || (statSync(target).mode & 0o777) !== mode;
  });
  for (const { path, text, mode } of changes) {
    if (!options.check) write(join(out, path), text, mode);
    process.stdout.write(`${options.check ? 'would change' : 'changed'} /${path}\n`);
  }
  return options.check && changes.length > 0 ? DIFFERS : 0;
}

/** @returns {{ path: string, text: string, mode: number }[]} in the order of their paths */
function renderAll(values) {
  const templates = join(INFRA, 'templates');
  return readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      if (!file.endsWith(SUFFIX)) throw new Error(`${file} does not end with ${SUFFIX}`);
      const { text, used } = fillIn(readFileSync(file, 'utf8'), values, relative(INFRA, file));
      return { path: relative(templates, file).slice(0, -SUFFIX.length), text, mode: modeOf(text, used) };
    });
}

function modeOf(text, used) {
  if ([...used].some((name) => SECRET_NAMES.has(name))) return 0o640;
  return text.startsWith('#!') ? 0o755 : 0o644;
}

function write(target, text, mode) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text, { mode });
  // The mode above is for new files only.
  chmodSync(target, mode);
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`render: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
