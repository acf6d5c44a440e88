#!/usr/bin/env node
// Copies logs that were turned over and compressed to S3-compatible storage, and drops what is older there.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readAnswers } from '../../render/answers.mjs';
import { readArchiveRecord, writeArchiveRecord } from './archive-record.mjs';
import { logFiles, timeOfObject } from './log-files.mjs';
import { Storage, StorageError } from './storage.mjs';
import { ARCHIVE_DAYS } from './table.mjs';

const HELP = `usage: infra/parts/logs/archive.mjs [--help]

Copies every compressed log that the archive does not have yet, oldest first, and drops what is older than
${ARCHIVE_DAYS} days there. Local files stay. It may be ended at any time: the next run goes on where this one was.

AZAAN_ANSWERS names the answers (default /etc/azaan/azaan.env); LOG_ARCHIVE_BUCKET and its neighbours say where to.
As azaan-logs-archive.service it reads rclone's configuration from systemd instead, and no answers.
`;

const MS_PER_DAY = 86_400_000;
/** One may be a bad file; two in a row are the storage. */
const FAILURES_IN_A_ROW = 2;

function isOld(timeMs) {
  return Date.now() - timeMs > ARCHIVE_DAYS * MS_PER_DAY;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @returns {Promise<number>} how many were not archived */
async function putAll(storage, files, present) {
  let failures = 0;
  let inARow = 0;
  for (const file of files) {
    if (inARow >= FAILURES_IN_A_ROW) {
      failures += 1;
      continue;
    }
    try {
      await putOne(storage, file, present);
      inARow = 0;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      say(`not archived: ${file.path}: ${error.message}`);
      failures += 1;
      inARow += 1;
    }
  }
  return failures;
}

async function putOne(storage, { path, object, modifiedMs }, present) {
  let descriptor;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // Turned over or dropped since it was listed: under its new name it comes with the next run.
    if (error.code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (mtimeMs !== modifiedMs) return;
    await storage.put(descriptor, object);
    present.set(object, size);
    say(`archived ${object} (${size} bytes)`);
  } finally {
    closeSync(descriptor);
  }
}

/** @returns {Promise<number>} how many could not be dropped */
async function removeOld(storage, present) {
  let failures = 0;
  for (const object of present.keys()) {
    const timeMs = timeOfObject(object);
    // What somebody else put there is not ours to drop.
    if (timeMs === undefined || !isOld(timeMs)) continue;
    try {
      await storage.remove(object);
      say(`dropped ${object}: older than ${ARCHIVE_DAYS} days`);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      say(`not dropped: ${object}: ${error.message}`);
      failures += 1;
    }
  }
  return failures;
}

async function main() {
  const { values: options } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const given = process.env['CREDENTIALS_DIRECTORY'];
  const root = given === undefined ? rootOfAnswers() : '';
  const storage = new Storage(join(given ?? `${root}/etc/azaan`, 'rclone.conf'));
  if (!storage.enabled) {
    say('no archive: LOG_ARCHIVE_BUCKET of the answers is empty; logs are kept on this machine only');
    return 0;
  }
  const present = await storage.list();
  const local = logFiles(root)
    .filter(({ log, object, modifiedMs }) => log.archived && object !== undefined && !isOld(modifiedMs))
    .sort((a, b) => a.modifiedMs - b.modifiedMs);
  const missing = local.filter(({ object, bytes }) => present.get(object) !== bytes);
  const failures = (await putAll(storage, missing, present)) + (await removeOld(storage, present));
  const before = readArchiveRecord(root);
  writeArchiveRecord(root, {
    lastSuccessSeconds: failures === 0 ? Math.floor(Date.now() / 1_000) : before.lastSuccessSeconds,
    objects: local.map(({ object }) => object).filter((object) => present.has(object)),
  });
  return failures === 0 ? 0 : 1;
}

function rootOfAnswers() {
  const answers = process.env['AZAAN_ANSWERS'] ?? '/etc/azaan/azaan.env';
  return readAnswers(answers, resolve(import.meta.dirname, '../../azaan.env.example')).get('ROOT') ?? '';
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`archive: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
