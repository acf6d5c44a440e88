import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Keys, secrets and settings of a server that infra made; elsewhere the relay reads `.env` beside this file. */
const ENV_FILE = process.env.ENV_FILE ?? '/etc/azaan/relay.env';
const LOG = process.env.RELAY_LOG ?? '/var/log/azaan/relay.log';
const isServer = existsSync(ENV_FILE);

/** How PM2 7 runs the relay, once it is built: `pm2 start ecosystem.config.js`. PM2 takes this export alone. */
export const apps = [
  {
    name: 'azaan-server',
    cwd: import.meta.dirname,
    script: 'dist/main.js',
    node_args: '--enable-source-maps',
    // One process owns every broadcast; it starts the media workers, one a core, by itself.
    exec_mode: 'fork',
    instances: 1,
    env: {
      ...(isServer && { NODE_ENV: 'production', ENV_FILE }),
      // Of the user that runs the relay: whoever else could write there would run code as that user.
      NODE_COMPILE_CACHE: join(homedir(), '.cache/azaan-relay'),
    },

    autorestart: true,
    // PM2's own handlers would keep a relay that throws at its import, for ever: `online`, and no port.
    pmx: false,
    // Of the main process alone: the memory of its workers, who hold the listeners, is not counted.
    max_memory_restart: '1G',
    // 0.1 s at first, up to 15 s while it goes on dying, and never giving up; back to 0.1 s after 30 s of life.
    exp_backoff_restart_delay: 100,
    min_uptime: 10_000,
    // Of deaths within min_uptime. After 16, its default, PM2 says that it waits to restart, and never does.
    max_restarts: 1_000_000_000,

    // The relay closes within STOP_DEADLINE_MS of SIGINT; PM2 kills what is left after this.
    kill_timeout: 8_000,
    // The relay stops its workers in order; PM2 would interrupt all at once.
    treekill: false,
    // PM2 believes that it runs at once: whoever deploys asks /readyz.
    wait_ready: false,

    merge_logs: true,
    ...(isServer && { out_file: LOG, error_file: LOG }),
  },
];
