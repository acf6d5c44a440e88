const { resolve } = require('node:path');
const process = require('node:process');

/** The release that this file is part of. */
const RELEASE = resolve(module.path, '../../../..');

/** How PM2 7 runs the relay: `pm2 start infra/parts/relay/pm2/ecosystem.config.cjs`. Secrets are in the file that ENV_FILE names. */
module.exports = {
  apps: [
    {
      name: 'azaan-server',
      cwd: RELEASE,
      script: 'dist/main.js',
      node_args: '--enable-source-maps',
      // One process owns every broadcast; it starts the media workers, one a core, by itself.
      exec_mode: 'fork',
      instances: 1,
      env: { NODE_ENV: 'production', ENV_FILE: process.env.ENV_FILE ?? '/etc/azaan/relay.env' },

      autorestart: true,
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
      out_file: process.env.RELAY_LOG ?? '/var/log/azaan/relay.log',
      error_file: process.env.RELAY_LOG ?? '/var/log/azaan/relay.log',
    },
  ],
};
