import process from 'node:process';
import { apps } from '../../../ecosystem.config.js';
import { CannotTell } from '../../lib/doctor/finding.mjs';
import { pm2Apps } from '../../lib/doctor/parse.mjs';

export const RELAY_USER = 'fillmasjid';
const HOME = `/home/${RELAY_USER}`;
export const PM2_HOME = `${HOME}/.pm2`;

/** How the relay is to run, as PM2 is told when it starts. */
export const [PLANNED_APP] = apps;

/**
 * Asks the PM2 of the relay's user.
 *
 * @returns {Promise<string>} empty while its daemon does not run: pm2 would start one to answer
 * @throws {CannotTell} for a user who may not ask
 */
async function ask(machine, ...args) {
  const { uid } = (await relayUser(machine)) ?? {};
  if (!machine.isRoot && process.getuid() !== uid) throw new CannotTell('needs root');
  const pid = machine.read(`${PM2_HOME}/pm2.pid`)?.trim();
  if (pid === undefined || machine.stat(`/proc/${pid}`) === undefined) return '';
  const command = ['env', `HOME=${machine.path(HOME)}`, `PM2_HOME=${machine.path(PM2_HOME)}`, 'pm2', ...args];
  const [program, ...rest] = machine.isRoot ? ['runuser', '-u', RELAY_USER, '--', ...command] : command;
  return machine.output(program, rest, { cwd: '/' });
}

/** @returns {Promise<object>} the relay as `pm2 jlist` has it @throws {Error} when PM2 does not have it */
export const relayApp = (machine) =>
  machine.once('pm2 jlist', async () => {
    const { name } = PLANNED_APP;
    const app = pm2Apps(await ask(machine, 'jlist', '--silent')).find((each) => each.name === name);
    if (app === undefined) throw new Error(`PM2 runs no ${name}`);
    return app;
  });

/** @returns {Promise<{ uid: number } | undefined>} */
export const relayUser = (machine) =>
  machine.once('relay user', async () => {
    const { code, stdout } = await machine.run('getent', ['passwd', RELAY_USER]);
    return code === 0 ? { uid: Number(stdout.split(':')[2]) } : undefined;
  });
