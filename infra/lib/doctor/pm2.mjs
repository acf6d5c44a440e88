import process from 'node:process';
import { CannotTell } from './finding.mjs';
import { RELAY_USER } from './machine.mjs';
import { pm2Apps } from './parse.mjs';

const HOME = `/home/${RELAY_USER}`;
export const PM2_HOME = `${HOME}/.pm2`;
const PM2_PID = `${PM2_HOME}/pm2.pid`;
export const APP = 'azaan-server';

/**
 * Asks the PM2 of the relay's user.
 *
 * @returns {Promise<string | undefined>} undefined while its daemon does not run: pm2 would start one to answer
 * @throws {CannotTell} for a user who may not ask
 */
async function ask(machine, ...args) {
  const user = machine.once('relay user', () => relayUser(machine));
  const { uid } = (await user) ?? {};
  if (!machine.isRoot && process.getuid() !== uid)
    throw new CannotTell('PM2 answers root and the relay user: run it with sudo');
  const pid = machine.read(PM2_PID)?.trim();
  if (pid === undefined || machine.stat(`/proc/${pid}`) === undefined) return undefined;
  const command = ['env', `HOME=${machine.path(HOME)}`, `PM2_HOME=${machine.path(PM2_HOME)}`, 'pm2', ...args];
  const [program, ...rest] = machine.isRoot ? ['runuser', '-u', RELAY_USER, '--', ...command] : command;
  const { code, stdout, stderr } = await machine.run(program, rest, { cwd: '/' });
  if (code !== 0) throw new CannotTell(stderr.trim() || `pm2 ${args[0]} ends with ${code}`);
  return stdout;
}

/** @returns {Promise<object | undefined>} the relay as `pm2 jlist` has it; undefined when PM2 does not have it */
export const relayApp = (machine) =>
  machine.once('pm2 jlist', async () =>
    pm2Apps((await ask(machine, 'jlist', '--silent')) ?? '').find(({ name }) => name === APP),
  );

/**
 * Of the daemon that runs, by the title that it gives itself: the command, which may be newer already, tells its own.
 *
 * @returns {string | undefined} such as 7.0.4
 */
export function pm2Version(machine) {
  const pid = machine.read(PM2_PID)?.trim();
  return /^PM2 v(\S+): God Daemon/.exec(machine.read(`/proc/${pid}/cmdline`) ?? '')?.[1];
}

/** @returns {Promise<{ uid: number, home: string } | undefined>} */
export async function relayUser(machine) {
  const { code, stdout } = await machine.run('getent', ['passwd', RELAY_USER]);
  const [, , uid, , , home = ''] = stdout.trim().split(':');
  return code === 0 ? { uid: Number(uid), home } : undefined;
}
