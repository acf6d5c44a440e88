import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bad, good, unlessAny } from '../finding.mjs';
import { INFRA, RELAY_USER } from '../machine.mjs';
import { APP, PM2_HOME, pm2Version, relayApp, relayUser } from '../pm2.mjs';
import { unitRuns } from '../units.mjs';

const EXACT_VERSION = /^\d+\.\d+\.\d+$/;
const POWERFUL_GROUPS = ['root', 'sudo', 'admin', 'wheel', 'adm', 'docker', 'lxd', 'shadow'];
const MB = 1_048_576;
const RESTARTS_THAT_WORRY = 5;
const SECRET_NAMES = /(SECRET|JWT_KEYS|PASSWORD|TOKEN|CREDENTIAL)/;
const [PLANNED] = createRequire(import.meta.url)(join(INFRA, 'parts/relay/pm2/ecosystem.config.cjs')).apps;

/** Text of a file of the release that runs. */
const releaseFile = (machine, path) => machine.read(`/opt/azaan-relay/current/${path}`);
const pinnedNode = (machine) => releaseFile(machine, '.nvmrc')?.trim();

async function nodeVersion(machine) {
  const pinned = pinnedNode(machine) ?? 'what .nvmrc of the release says';
  const installed = (await machine.run('node', ['--version'])).stdout.trim().replace(/^v/, '');
  const running = machine.isRoot ? (await relayApp(machine))?.pm2_env.node_version : undefined;
  return unlessAny(
    [installed, running]
      .filter((version) => version !== undefined && version !== pinned)
      .map((each) => `Node ${each || 'is missing'}, wanted: ${pinned}`),
    `Node ${installed}`,
  );
}

async function plainUser(machine) {
  const user = await relayUser(machine);
  if (user === undefined) return bad(`there is no user ${RELAY_USER}`);
  const [groups, sudo] = await Promise.all([
    machine.run('id', ['-nG', RELAY_USER]),
    machine.run('sudo', ['-n', '-l', '-U', RELAY_USER]),
  ]);
  const powerful = groups.stdout
    .trim()
    .split(' ')
    .filter((group) => POWERFUL_GROUPS.includes(group));
  if (powerful.length > 0) {
    const leave = powerful.map((group) => `sudo gpasswd --delete ${RELAY_USER} ${group}`);
    return bad(`${RELAY_USER} is in ${powerful.join(', ')}`, leave.join('; '));
  }
  return unlessAny(
    [
      user.uid === 0 ? `${RELAY_USER} is root` : '',
      /may run the following/.test(sudo.stdout) ? `${RELAY_USER} may use sudo` : '',
    ].filter(Boolean),
    `${RELAY_USER}, user ${user.uid}, without sudo`,
  );
}

async function relayRunsAsUser(machine) {
  const [app, user] = await Promise.all([relayApp(machine), relayUser(machine)]);
  if (app === undefined) return bad(`PM2 runs no ${APP}`);
  const owner = machine.stat(`/proc/${app.pid}`)?.uid;
  if (owner === undefined) return bad(`${APP} has no process`);
  return owner === user?.uid
    ? good(`process ${app.pid} is ${RELAY_USER}'s`)
    : bad(`process ${app.pid} is user ${owner}'s`);
}

function pinnedPm2(machine) {
  const wanted = releaseFile(machine, 'infra/parts/relay/pm2/version')?.trim();
  const version = pm2Version(machine);
  if (version === undefined) return bad('PM2 does not run', 'sudo infra/init.sh');
  return version === wanted ? good(`PM2 ${version}`) : bad(`PM2 ${version}, wanted: ${wanted}`);
}

async function asPlanned(machine) {
  const app = await relayApp(machine);
  if (app === undefined) return bad(`PM2 runs no ${APP}`);
  // What PM2 restored from its saved list has no number of instances: it is one.
  const env = { instances: 1, ...app.pm2_env };
  const wanted = {
    exec_mode: `${PLANNED.exec_mode}_mode`,
    instances: PLANNED.instances,
    autorestart: PLANNED.autorestart,
    max_memory_restart: 1_024 * MB,
    kill_timeout: PLANNED.kill_timeout,
    treekill: PLANNED.treekill,
  };
  const different = Object.entries(wanted)
    .filter(([name, value]) => env[name] !== value)
    .map(([name, value]) => `${name} is ${env[name]}, wanted: ${value}`);
  const script = env.pm_exec_path ?? '';
  if (!script.endsWith(`/${PLANNED.script}`)) different.push(`it runs ${script}`);
  return unlessAny(different, `${APP}: one fork of ${PLANNED.script}, again after 1 GB`);
}

async function online(machine) {
  const app = await relayApp(machine);
  if (app === undefined) return bad(`PM2 runs no ${APP}`);
  const { status, unstable_restarts: unstable = 0, restart_time: restarts } = app.pm2_env;
  const seen = `${status}, ${restarts} restarts`;
  return status === 'online' && unstable < RESTARTS_THAT_WORRY
    ? good(seen)
    : bad(`${seen}, ${unstable} of them soon after the start`);
}

async function noSecrets(machine) {
  const app = await relayApp(machine);
  if (app === undefined) return bad(`PM2 runs no ${APP}`);
  const names = Object.keys(app.pm2_env.env ?? {}).filter((name) => SECRET_NAMES.test(name));
  return names.length === 0 ? good('none in the environment that PM2 keeps') : bad(`PM2 keeps ${names.join(', ')}`);
}

async function startsAtBoot(machine) {
  const saved = machine.read(`${PM2_HOME}/dump.pm2`);
  if (saved === undefined || !saved.includes(`"name": "${APP}"`)) return bad(`the saved list of PM2 lacks ${APP}`);
  return unitRuns(machine, `pm2-${RELAY_USER}`);
}

const runbook = 'docs/runbooks/safe-reboot-maintenance-mode.md';
const RESTART = 'sudo systemctl restart pm2-fillmasjid # ends every broadcast';
const START_ANEW = 'sudo infra/parts/relay/pm2/pm2 delete azaan-server; sudo infra/init.sh # ends every broadcast';

/** @type {readonly import('../examine.mjs').Check[]} */
export const runtimeChecks = [
  {
    id: '3.1-node',
    title: 'the pinned Node runs',
    mend: `sudo infra/init.sh --only node; ${RESTART}`,
    look: nodeVersion,
  },
  {
    id: '3.1-pinned',
    title: 'the exact version of Node is pinned',
    mend: 'put a version such as 24.21.0 into .nvmrc',
    look: (machine) => {
      const version = pinnedNode(machine) ?? 'no .nvmrc in /opt/azaan-relay/current';
      return EXACT_VERSION.test(version) ? good(version) : bad(version);
    },
  },
  {
    id: '3.1-user',
    title: `user ${RELAY_USER} without sudo`,
    mend: `sudo infra/init.sh --only accounts; sudo grep -rn ${RELAY_USER} /etc/sudoers /etc/sudoers.d`,
    root: true,
    look: plainUser,
  },
  {
    id: '3.1-relay-user',
    title: `the relay runs as ${RELAY_USER}`,
    mend: 'sudo infra/init.sh',
    root: true,
    look: relayRunsAsUser,
  },
  {
    id: '3.2-pm2',
    title: 'PM2 of the pinned version runs',
    mend: `sudo infra/init.sh --only node; ${RESTART}`,
    look: pinnedPm2,
  },
  {
    id: '3.2-app',
    title: 'PM2 runs the app as the ecosystem file says',
    mend: START_ANEW,
    look: asPlanned,
  },
  {
    id: '3.2-online',
    title: 'the app is online and stays so',
    mend: 'sudo tail -n 50 /var/log/azaan/relay.log; docs/runbooks/RelayRestarting.md',
    look: online,
  },
  {
    id: '3.2-no-secrets',
    title: "no secrets in the app's environment",
    mend: START_ANEW,
    look: noSecrets,
  },
  {
    id: '3.2-boot',
    title: 'PM2 starts the app at boot',
    mend: 'sudo infra/parts/relay/pm2/pm2 save --force; sudo infra/init.sh',
    root: true,
    look: startsAtBoot,
  },
  {
    id: '3.3-runbook',
    title: 'the maintenance runbook is on the server',
    mend: 'deploy a release that has docs/',
    look: (machine) => (releaseFile(machine, runbook) === undefined ? bad(`no ${runbook}`) : good(runbook)),
  },
  {
    id: '3.3-not-paused',
    title: 'maintenance is over',
    mend: 'sudo rm /var/lib/azaan/maintenance',
    look: (machine) =>
      machine.stat('/var/lib/azaan/maintenance') === undefined
        ? good('no maintenance page')
        : bad('callers get the maintenance page'),
  },
];
