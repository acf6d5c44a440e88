import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What archive.mjs knows, for quota.mjs.
 *
 * @typedef {object} ArchiveRecord
 * @property {number} lastSuccessSeconds Unix time at which everything was archived; 0: never
 * @property {readonly string[]} objects archived, of the files that were there
 */

const path = (root) => `${root}/var/lib/azaan-logs/archived.json`;

/** @param {string} root @returns {ArchiveRecord} */
export function readArchiveRecord(root) {
  try {
    return JSON.parse(readFileSync(path(root), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return { lastSuccessSeconds: 0, objects: [] };
    throw error;
  }
}

/** @param {string} root @param {ArchiveRecord} record */
export function writeArchiveRecord(root, record) {
  const unfinished = `${path(root)}.new`;
  mkdirSync(dirname(unfinished), { recursive: true });
  // By hand it may be root that writes, in a folder that is another user's: whatever stands there is not followed.
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, JSON.stringify(record), { flag: 'wx', mode: 0o644 });
  renameSync(unfinished, path(root));
}
