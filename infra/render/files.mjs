import { chmodSync, chownSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Writes a file beside another and puts it in its place: nobody reads half of it, an interruption leaves the old one, and
 * whoever opened that one while more people might read it does not see what is written now.
 *
 * @param {number | undefined} groupId default: the group that the old file has
 */
export function replaceFile(path, text, mode, groupId = statSync(path, { throwIfNoEntry: false })?.gid) {
  // Those who read whole folders, such as logrotate and certbot, pass over names with this ending.
  const beside = `${path}~`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode, flag: 'wx' });
  // The mode above is less what the umask takes.
  chmodSync(beside, mode);
  if (groupId !== undefined && process.getuid() === 0) chownSync(beside, 0, groupId);
  renameSync(beside, path);
}
