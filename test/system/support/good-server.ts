import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLIC_IP } from './coturn.js';
import { INFRA } from './machine.js';
import { DOMAIN, TURN_DOMAIN } from './nginx.js';

const read = (path: string) => readFileSync(join(INFRA, path), 'utf8');
const json = (value: unknown) => `${JSON.stringify(value)}\n`;

const packages = read('parts/base/packages').match(/^[a-z].*$/gm) ?? [];
const cores = Array.from({ length: 4 }, (_, index) => `processor\t: ${index}\n`);
const alerts = Array.from({ length: 24 }, (_, index) => ({ name: `Alert${index}`, health: 'ok' }));
const target = (job: string, port: number) => ({ labels: { job, instance: `127.0.0.1:${port}` }, health: 'up' });
const alertmanager = [
  'receivers:',
  '- name: page',
  '  telegram_configs:',
  '  - chat_id: 1',
  '- name: notice',
  '  email_configs:',
  '  - to: a@example.org',
  '- name: watchdog',
  '  webhook_configs:',
  '  - url: http://127.0.0.1/',
  '',
].join('\n');
const lastSuccess = (what: string) => `azaan_${what}_last_success_timestamp_seconds ${Date.now() / 1_000}\n`;

/** What programs that concern the whole machine print at a server that is well. */
const PRINTED: Readonly<Record<string, string>> = {
  'apt-get': 'Inst base-files [12.4+deb12u10] (12.4+deb12u11 Debian:12.11/stable [amd64])\n',
  'apt-config': 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n',
  df: '   1B-blocks        Avail\n126000000000 100000000000\n',
  'dpkg-query': packages.map((name) => `${name} installed\n`).join(''),
  'fail2ban-client': 'Status\n|- Number of jail:\t4\n`- Jail list:\tazaan-auth, azaan-limit, azaan-malformed, sshd\n',
  id: 'fillmasjid\n',
  'init.sh': 'Before anything changes:\n  ✓ debian 12\n0 changes to make, 4 s\n',
  npm: json({ auditReportVersion: 2, vulnerabilities: {} }),
  timedatectl: 'yes\n',
  sudo: 'User fillmasjid is not allowed to run sudo on azaan.\n',
};

/** Programs that need to know what they are asked. */
const PROGRAMS: Readonly<Record<string, string>> = {
  id: '[ "$1" = -nG ] || exec /usr/bin/id "$@"; cat "$FAKE/id"',
  'init.sh': 'cat "$FAKE/init.sh"; ! grep -q "would: " "$FAKE/init.sh" || exit 3',
  // Every unit is well, unless a file of its name says otherwise.
  systemctl: 'cat "$FAKE/units/$2" 2>/dev/null || cat "$FAKE/unit"',
  // runuser -u NAME -- COMMAND
  runuser: 'shift 3; exec "$@"',
  pm2: 'cat "$FAKE/pm2-$1"',
  getent: `case "$*" in
  'group sudo') echo 'sudo:x:27:admin' ;;
  passwd*) grep "^$2:" "$FAKE/passwd" || exec /usr/bin/getent "$@" ;;
  *) exec /usr/bin/getent "$@" ;;
esac`,
};

export const UNIT = 'LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nLastTriggerUSec=\n';

/** Texts of a server that is well, by their paths: what rendering, and the daemons of the test, do not make. */
export const FILES: Readonly<Record<string, string>> = {
  'proc/cpuinfo': cores.join('\n'),
  'proc/meminfo': 'MemTotal:        8131568 kB\nMemFree: 5000000 kB\nMemAvailable:    6500000 kB\n',
  'proc/stat': 'cpu  1000 0 500 8000 100 0 50 0 0 0\n',
  'proc/uptime': '864000.00 3000000.00\n',
  'proc/1/cmdline': '',
  'home/fillmasjid/.pm2/pm2.pid': '1',
  'home/fillmasjid/.pm2/dump.pm2': '[\n  {\n    "name": "azaan-server"\n  }\n]\n',
  'var/lib/prometheus/node-exporter/logs.prom': lastSuccess('log_archive'),
  'var/lib/prometheus/node-exporter/backup.prom': lastSuccess('backup'),
  'fake/unit': UNIT,
  'fake/dns.json': json(Object.fromEntries([DOMAIN, TURN_DOMAIN].map((name) => [name, { a: [PUBLIC_IP], ttl: 300 }]))),
  'fake/http-9090/api-v1-rules.json': json({ data: { groups: [{ rules: alerts }] } }),
  'fake/http-9090/api-v1-targets.json': json({
    data: { activeTargets: [target('relay', 3_000), target('node', 9_100)] },
  }),
  'fake/http-9093/api-v2-alerts.json': json([{ labels: { alertname: 'Watchdog' } }]),
  'fake/http-9093/api-v2-status.json': json({ config: { original: alertmanager } }),
  ...Object.fromEntries(Object.entries(PRINTED).map(([name, text]) => [`fake/${name}`, text])),
};

/** Stand in the place of the machine's own, before its PATH. */
export const SCRIPTS: Readonly<Record<string, string>> = Object.fromEntries(
  [...new Set([...Object.keys(PRINTED), ...Object.keys(PROGRAMS)])].map((name) => [
    `fake/bin/${name}`,
    `#!/bin/sh\n${PROGRAMS[name] ?? `cat "$FAKE/${name}"`}\n`,
  ]),
);

/** As PM2 answers about a relay with this process and script. */
export const pm2List = (pid: string, script: string, nodeVersion: string) =>
  json([
    {
      pid: Number(pid),
      name: 'azaan-server',
      pm2_env: {
        exec_mode: 'fork_mode',
        instances: 1,
        autorestart: true,
        max_memory_restart: 1_073_741_824,
        kill_timeout: 8_000,
        treekill: false,
        status: 'online',
        restart_time: 0,
        unstable_restarts: 0,
        node_version: nodeVersion,
        pm_exec_path: script,
        env: { NODE_ENV: 'production', ENV_FILE: '/etc/azaan/relay.env' },
      },
    },
  ]);
