import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LOGS } from './table.mjs';

/** What logrotate makes of a name, with `dateext` and without. */
const ROTATED = /^(.+?)(?:\.\d+|-\d{8}(?:-\d+)?)(\.gz)?$/;

/**
 * @typedef {object} LogFile
 * @property {import('./table.mjs').Log} log
 * @property {string} path
 * @property {number} bytes
 * @property {number} modifiedMs
 * @property {'live' | 'rotated' | 'counted'} state `counted`: by whoever writes it alone
 * @property {string} [object] its name in the archive, which stays while the file is renamed day by day; only if compressed
 */

/**
 * Every file of the table that is there. Symbolic links are not followed, neither to files nor to folders.
 *
 * @param {string} root folder that stands for /; '' for / itself
 * @returns {LogFile[]}
 */
export function logFiles(root) {
  return LOGS.flatMap((log) => filesOf(log, resolve(`${root}${log.folder}`)));
}

function filesOf(log, folder) {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (log.rotation === undefined) {
      if (entry.isDirectory() && log.files.test(entry.name)) return filesOf(log, path);
      return log.files.test(entry.name) ? fileAt(log, path, 'counted') : [];
    }
    if (log.files.test(entry.name)) return fileAt(log, path, 'live');
    const [, live, compressed] = ROTATED.exec(entry.name) ?? [];
    if (live === undefined || !log.files.test(live)) return [];
    return fileAt(log, path, 'rotated').map((file) =>
      compressed === undefined ? file : { ...file, object: `${log.name}/${live}-${stampOf(file.modifiedMs)}.gz` },
    );
  });
}

function entriesOf(folder) {
  try {
    return realpathSync(folder) === folder ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** None when it is no file, or went while it was looked at. */
function fileAt(log, path, state) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? [{ log, path, bytes: stat.size, modifiedMs: stat.mtimeMs, state }] : [];
}

/** `20261124T000003Z`, in UTC. */
function stampOf(ms) {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** @param {string} object @returns {number | undefined} the time in an object's name; none when it is not one of ours */
export function timeOfObject(object) {
  const [, ...parts] = /^[\w-]+\/[\w.-]+-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.gz$/.exec(object) ?? [];
  if (parts.length === 0) return undefined;
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
