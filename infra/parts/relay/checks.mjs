import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import { bad, forPeople, good, unlessAny } from '../../lib/doctor/finding.mjs';
import { call } from '../../lib/doctor/https.mjs';
import { unitsRun } from '../../lib/doctor/units.mjs';
import { PLANNED_APP, PM2_HOME, relayApp, RELAY_USER, relayUser } from './pm2-list.mjs';

const POWERFUL_GROUPS = ['root', 'sudo', 'admin', 'wheel', 'adm', 'docker', 'lxd', 'shadow'];
const GB = 1_073_741_824;
const RESTARTS_THAT_WORRY = 5;
const SECRET_NAMES = /(SECRET|JWT_KEYS|PASSWORD|TOKEN|CREDENTIAL)/;
/** While it is there, nginx shows callers the maintenance page. */
const PAUSED = '/var/lib/azaan/maintenance';
const AUDIT_DEADLINE_MS = 30_000;
const SENSITIVE = /^(\.env(\..*)?|.*\.(pem|key|p12|pfx|jks|kdbx)|id_(rsa|dsa|ecdsa|ed25519)|\.htpasswd|\.npmrc\.auth)$/;
const NOT_WALKED = new Set(['node_modules', '.git']);
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/;
const MAX_SCANNED_BYTES = 1_048_576;

async function plainUser(machine) {
  const [{ pid }, user] = await Promise.all([relayApp(machine), relayUser(machine)]);
  if (user === undefined) return bad(`there is no user ${RELAY_USER}`);
  const owner = machine.stat(`/proc/${pid}`)?.uid;
  const groups = (await machine.output('id', ['-nG', RELAY_USER])).trim().split(' ');
  const sudo = await machine.run('sudo', ['-n', '-l', '-U', RELAY_USER]);
  const powerful = groups.filter((group) => POWERFUL_GROUPS.includes(group));
  return unlessAny(
    [
      owner !== user.uid && `process ${pid} is user ${owner}'s`,
      user.uid === 0 && `${RELAY_USER} is root`,
      powerful.length > 0 && `${RELAY_USER} is in ${powerful.join(', ')}`,
      /may run the following/.test(sudo.stdout) && `${RELAY_USER} may use sudo`,
    ],
    `process ${pid} is ${RELAY_USER}'s, who is in no group that may more`,
  );
}

async function asPlanned(machine) {
  const planned = PLANNED_APP;
  const app = await relayApp(machine);
  // What PM2 restored from its saved list has no number of instances: it is one.
  const env = { instances: 1, ...app.pm2_env };
  const { instances, autorestart, kill_timeout, treekill } = planned;
  const wanted = {
    ...{ exec_mode: `${planned.exec_mode}_mode`, instances, autorestart, kill_timeout, treekill },
    max_memory_restart: GB,
    node_version: machine.read('/opt/azaan-relay/current/.nvmrc')?.trim(),
  };
  const secrets = Object.keys(env.env ?? {}).filter((name) => SECRET_NAMES.test(name));
  return unlessAny(
    [
      ...Object.entries(wanted).map(
        ([name, value]) => env[name] !== value && `${name} is ${env[name]}, wanted: ${value}`,
      ),
      !env.pm_exec_path?.endsWith(`/${planned.script}`) && `it runs ${env.pm_exec_path}`,
      secrets.length > 0 && `PM2 keeps ${secrets.join(', ')}`,
    ],
    `one fork of ${planned.script} by Node ${env.node_version}, again after 1 GB; PM2 keeps no secrets`,
  );
}

async function online(machine) {
  const { status, unstable_restarts: unstable = 0, restart_time: restarts } = (await relayApp(machine)).pm2_env;
  const seen = `${status}, ${restarts} restarts`;
  return status === 'online' && unstable < RESTARTS_THAT_WORRY
    ? good(seen)
    : bad(`${seen}, ${unstable} of them soon after the start`);
}

async function startsAtBoot(machine) {
  const { name } = PLANNED_APP;
  const saved = machine.read(`${PM2_HOME}/dump.pm2`) ?? '';
  return saved.includes(`"name": "${name}"`)
    ? unitsRun(machine, `pm2-${RELAY_USER}`)
    : bad(`the saved list of PM2 lacks ${name}`);
}

async function ready(machine) {
  if (machine.stat(PAUSED) !== undefined) return bad('callers get the maintenance page', `sudo rm ${PAUSED}`);
  const { status, body } = await call(machine, '/readyz');
  if (status === 200) return good('every part is up');
  const parts = Object.entries(JSON.parse(body).details ?? {}).filter(([, part]) => part.status !== 'up');
  return bad(`${status}: ${parts.map(([name]) => name).join(', ') || 'no parts named'} down`);
}

async function audited(machine) {
  const options = { cwd: machine.release, timeoutMs: AUDIT_DEADLINE_MS - 1_000, env: { AUDIT_REQUIRED: '1' } };
  const { code, stdout } = await machine.run(process.execPath, ['tools/audit.mjs'], options);
  const lines = stdout.trim().split('\n');
  if (code === 0) return good(lines.at(-1));
  return code === 2
    ? forPeople(lines.at(-1))
    : bad(lines.slice(0, -1).join('; ') || 'the release has no tools/audit.mjs');
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_WALKED.has(entry.name)) yield* filesBelow(path);
    if (entry.isFile()) yield path;
  }
}

function sensitiveFiles(machine) {
  const jwtKeys = machine.answer('JWT_KEYS').split(',');
  const secrets = [...machine.value('TURN_SECRETS'), ...jwtKeys.map((key) => key.replace(/^[^:]*:/, ''))];
  const files = [...filesBelow(machine.release)];
  const problems = files.flatMap((path) => {
    const name = relative(machine.release, path);
    if (SENSITIVE.test(basename(name)) && name !== '.env.example') return [`${name} should not be there`];
    const text = readFileSync(path, 'latin1').slice(0, MAX_SCANNED_BYTES);
    return [
      PRIVATE_KEY.test(text) && `${name} holds a private key`,
      secrets.some((secret) => secret !== '' && text.includes(secret)) && `${name} holds a secret of this server`,
    ];
  });
  return unlessAny(problems, `none among ${files.length} files`);
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '3.1-user',
    title: `the relay runs as ${RELAY_USER}, without sudo`,
    mend: `sudo infra/init.sh; sudo grep -rn ${RELAY_USER} /etc/group /etc/sudoers /etc/sudoers.d`,
    look: plainUser,
  },
  {
    id: '3.2-app',
    title: 'PM2 runs the app as planned, by the pinned Node, without secrets',
    mend: 'sudo infra/parts/relay/pm2/pm2 delete azaan-server; sudo infra/init.sh # ends every broadcast',
    look: asPlanned,
  },
  {
    id: '3.2-online',
    title: 'the app is online and stays so',
    mend: 'sudo tail -n 50 /var/log/azaan/relay.log; docs/runbooks/RelayRestarting.md',
    look: online,
  },
  {
    id: '3.2-boot',
    title: 'PM2 starts the app at boot',
    mend: 'sudo infra/parts/relay/pm2/pm2 save --force; sudo infra/init.sh',
    look: startsAtBoot,
  },
  {
    id: '4.1-ready',
    title: 'the relay answers through nginx, and all of it is ready',
    mend: 'systemctl status nginx; docs/runbooks/PublicSiteDown.md; docs/runbooks/RelayNotReady.md',
    look: ready,
  },
  {
    id: '14-audit',
    title: 'dependencies have no untriaged vulnerability',
    mend: 'update the package, or excuse it in tools/audit-allow-list.json',
    deadlineMs: AUDIT_DEADLINE_MS,
    confirmedForDays: 30,
    look: audited,
  },
  {
    id: '14-sensitive-files',
    title: 'no sensitive files in the release',
    mend: 'remove it from the repository, and rotate what it held: docs/operations/secrets.md',
    look: sensitiveFiles,
  },
  {
    id: '15.2-soak',
    title: 'a soak test of an hour or more is documented',
    mend: 'npm run load -- --help; watch memory and restarts meanwhile',
  },
];
