import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { INFRA, succeed, type Machine } from '../support/machine.js';
import { selfSign } from '../support/nginx.js';
import { MONITORING } from './monitoring.js';

/** A command that answers as PM2 does, with a notice before the list. */
export async function fakePm2(folder: string, processes: readonly object[]): Promise<string> {
  const path = join(folder, 'fake-pm2');
  const lines = ['#!/bin/sh', `cat <<'LIST'`, '[PM2] Spawning PM2 daemon', JSON.stringify(processes), 'LIST', ''];
  await writeFile(path, lines.join('\n'), { mode: 0o755 });
  return path;
}

/** Runs one of the scripts of `infra/parts/monitoring/textfile`, and resolves with what node_exporter will read. */
export async function collect(
  script: 'pm2' | 'certificates',
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  await succeed(join(MONITORING, 'textfile', script), [], { TEXTFILE_DIRECTORY: folder, ...env });
  return readFile(join(folder, `${script}.prom`), 'utf8');
}

/** Has the other scripts tell node_exporter of one machine: TURN's refusals, of which there is one, secrets, updates, logs. */
export async function collectFrom(machine: Machine, folder: string): Promise<void> {
  const turnLog = machine.path('var/log/turnserver/turn.log');
  await mkdir(dirname(turnLog), { recursive: true });
  await writeFile(turnLog, '0: : ERROR: check_stun_auth: Cannot find credentials of user <1795478400:somebody>\n');
  const env = { AZAAN_ANSWERS: machine.answersFile, TEXTFILE_DIRECTORY: folder };
  const scripts = ['turn/failure-metrics', 'secrets/calendar metrics', 'updates/metrics', 'logs/quota'];
  for (const [script = '', ...args] of scripts.map((each) => each.split(' '))) {
    await succeed(join(INFRA, 'parts', script), args, env);
  }
}

/** A certificate of 45 days, as certbot stores it. Returns the folder that stands for `/etc/letsencrypt/live`. */
export async function certificateOf(name: string, folder: string): Promise<string> {
  const live = join(folder, 'live');
  await mkdir(join(live, name), { recursive: true });
  await selfSign(join(live, name, 'cert.pem'), join(folder, 'key.pem'), [name], '-days', '45');
  return live;
}
