#!/usr/bin/env node
// Makes a release's pages ready for nginx: links that name the release, and compressed copies. Plain Node.
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import process from 'node:process';
import { constants, gzipSync } from 'node:zlib';

const HELP = `usage: infra/parts/relay/prepare-assets.mjs RELEASE_FOLDER NAME

In RELEASE_FOLDER/public, which must not be the repository itself:
  - pages load their scripts and styles from /assets/NAME/, which nginx takes from the release of that name, and lets
    browsers keep for a year: what a name stands for never changes, and the next release has another;
  - scripts, styles, texts and drawings get a compressed copy beside them, which nginx sends as it is.
A second run changes nothing.
`;

const NAME = /^[0-9A-Za-z][\w.-]{0,63}$/;
/** Scripts import what they need by relative paths, and so take it from the same release. */
const LINK = /\b(href|src)="\/((?:pages|azaan-client)\/[\w./-]+\.(?:css|js))"/g;
const COMPRESSED = new Set(['.js', '.css', '.json', '.svg']);
/** Below it the answer has as many packets either way. */
const MIN_BYTES = 1_024;

function prepare(folder, name) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    if (file.endsWith('.html')) nameRelease(file, name);
    else if (COMPRESSED.has(extname(file))) compress(file);
  }
}

function nameRelease(file, name) {
  const text = readFileSync(file, 'utf8');
  const named = text.replace(LINK, (_, attribute, path) => `${attribute}="/assets/${name}/${path}"`);
  if (named !== text) writeFileSync(file, named);
}

function compress(file) {
  const content = readFileSync(file);
  if (content.length < MIN_BYTES) return;
  const { atime, mtime } = statSync(file);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
  // nginx makes the ETag of time and size.
  utimesSync(`${file}.gz`, atime, mtime);
}

const [folder, name = ''] = process.argv.slice(2);
if (folder === '--help') {
  process.stdout.write(HELP);
} else if (folder === undefined || !NAME.test(name)) {
  process.stderr.write(HELP);
  process.exitCode = 2;
} else {
  prepare(join(folder, 'public'), name);
}
