#!/usr/bin/env node
// Makes the configuration files of a server from its answers. Plain Node, without packages: it runs before `npm ci`.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { keepSecrets, makeSecrets, readAnswers, SECRET_NAMES, templateValues } from './answers.mjs';
import { replaceFile } from './files.mjs';
import { groupIdOf, READERS } from './readers.mjs';
import { fillIn } from './template.mjs';

const INFRA = resolve(import.meta.dirname, '..');
const SUFFIX = '.tmpl';
/** What was made, a path a line. */
const RECORD = 'var/lib/azaan/init/files';
const CURRENT = 'opt/azaan-relay/current/';
const HELP = `usage: infra/render/render.mjs [--answers FILE] [--out FOLDER] [--callers | --no-callers] [--check] [--show PATH] [--help]

Renders the templates of every part, infra/parts/*/files, into FOLDER, at the same path. Removes what it made there before and
has no template any more. Prints what changed. As root, it gives files that hold secrets to the group of the daemon that
reads them.

  --answers FILE  the answers (default /etc/azaan/azaan.env; see infra/azaan.env.example).
                  Secrets that are empty in it are made and written to it; its mode becomes 0600.
  --out FOLDER    where files go (default: ROOT of the answers, or /)
  --callers       only what changes together with the release in /${CURRENT}: files that call it, and those
                  of /etc/azaan, which its programs read
  --no-callers    only the others
  --check         changes nothing; exits with 3 when something would change
  --show PATH     changes nothing; prints the file that would be there, such as /etc/nginx/nginx.conf
`;

const DIFFERS = 3;

function main() {
  const { values: options } = parseArgs({
    options: {
      answers: { type: 'string', default: '/etc/azaan/azaan.env' },
      out: { type: 'string' },
      callers: { type: 'boolean' },
      check: { type: 'boolean', default: false },
      show: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const answers = readAnswers(options.answers, join(INFRA, 'azaan.env.example'));
  const made = makeSecrets(answers);
  // All are rendered before any is written: a template that fails leaves the machine as it is.
  const all = renderAll(templateValues(answers));
  if (options.show !== undefined) {
    const shown = all.find(({ path }) => `/${path}` === options.show);
    if (shown === undefined) throw new Error(`no template makes ${options.show}`);
    process.stdout.write(shown.text);
    return 0;
  }
  if (!options.check) keepSecrets(options.answers, answers, made);
  process.stdout.write(made.map((name) => `${options.check ? 'would make' : 'made'} ${name}\n`).join(''));
  const out = resolve(options.out ?? (answers.get('ROOT') || '/'));
  const { orphans, files } = wanted(all, out, options.callers);
  for (const path of orphans) {
    if (!options.check) rmSync(join(out, path), { force: true });
    process.stdout.write(`${options.check ? 'would remove' : 'removed'} /${path}\n`);
  }
  const changes = files.filter((file) => differs(join(out, file.path), file));
  for (const file of changes) {
    if (!options.check) write(join(out, file.path), file);
    process.stdout.write(`${options.check ? 'would change' : 'changed'} /${file.path}\n`);
    if (file.note !== undefined) process.stdout.write(`  ${file.note}\n`);
  }
  return options.check && made.length + orphans.length + changes.length > 0 ? DIFFERS : 0;
}

/**
 * @param {readonly Rendered[]} all
 * @param {boolean | undefined} callers whether those that change together with the release, or the others; default: both
 * @returns {{ orphans: string[], files: Rendered[] }} what was made once and is no more, and what should be there, the record last
 */
function wanted(all, out, callers) {
  const isMeant = (path, text) =>
    callers === undefined || (path.startsWith('etc/azaan/') || text.includes(`/${CURRENT}`)) === callers;
  const paths = new Set(all.map(({ path }) => path));
  const before = madeBefore(out);
  const orphans = before.filter((path) => !paths.has(path) && isMeant(path, textOf(join(out, path))));
  const files = all.filter(({ path, text }) => isMeant(path, text));
  const made = new Set([...before, ...files.map(({ path }) => path)]).difference(new Set(orphans));
  return { orphans, files: [...files, { path: RECORD, text: `${[...made].sort().join('\n')}\n`, mode: 0o644 }] };
}

/** A server from before there was a record tells it by the templates of its release. */
function madeBefore(out) {
  const record = textOf(join(out, RECORD));
  if (record !== '') return record.trim().split('\n');
  const templates = globSync(`**/*${SUFFIX}`, { cwd: join(out, CURRENT, 'infra/templates') });
  return templates.map((file) => file.slice(0, -SUFFIX.length));
}

/** Empty when there is no such file. */
function textOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function differs(target, { text, mode, groupId }) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) return true;
  const stat = statSync(target);
  return (stat.mode & 0o777) !== mode || (groupId !== undefined && stat.gid !== groupId);
}

/**
 * @typedef {{ path: string, text: string, mode: number, groupId: number | undefined, note: string | undefined }} Rendered
 * @returns {Rendered[]} in the order of their paths; what has no `groupId` keeps the group that it has
 */
function renderAll(values) {
  return globSync('parts/*/files/**/*', { cwd: INFRA, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(INFRA, join(entry.parentPath, entry.name)))
    .map((file) => {
      if (!file.endsWith(SUFFIX)) throw new Error(`${file} does not end with ${SUFFIX}`);
      const { text, used } = fillIn(readFileSync(join(INFRA, file), 'utf8'), values, file);
      const path = file.slice(0, -SUFFIX.length).replace(/^parts\/[^/]+\/files\//, '');
      return { path, text, mode: modeOf(text, used), ...readerOf(path) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function modeOf(text, used) {
  if ([...used].some((name) => SECRET_NAMES.has(name))) return 0o640;
  return text.startsWith('#!') ? 0o755 : 0o644;
}

/** The group that may read the file, or why it is not given to it. */
function readerOf(path) {
  const group = READERS.get(path);
  if (group === undefined) return {};
  if (process.getuid() !== 0) return { note: `not given to the group ${group}: that takes root` };
  const groupId = groupIdOf(group);
  return groupId === undefined ? { note: `not given to the group ${group}, which does not exist yet` } : { groupId };
}

function write(target, { text, mode, groupId }) {
  mkdirSync(dirname(target), { recursive: true });
  replaceFile(target, text, mode, groupId);
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`render: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
