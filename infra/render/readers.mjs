import { readFileSync } from 'node:fs';

/** Files that hold secrets, by the group of the daemon that reads them; all others are root's. @type {ReadonlyMap<string, string>} */
export const READERS = new Map([
  ['etc/azaan/relay.env', 'fillmasjid'],
  ['etc/prometheus/alertmanager.yml', 'prometheus'],
  ['etc/prometheus/slack-url', 'prometheus'],
]);

/** @param {string} group a name of /etc/group @returns {number | undefined} nothing when there is no such group */
export function groupIdOf(group) {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${group}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
