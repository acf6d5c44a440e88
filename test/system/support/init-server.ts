import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import type { System } from './base-system.js';
import type { Report } from './go-live-server.js';
import { succeed, type Outcome } from './machine.js';
import { SERVER_IP } from './network.js';
import { DOMAIN, TURN_DOMAIN } from './nginx.js';
import { Pebble } from './pebble.js';
import { Vm } from './vm.js';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** Where certbot and Node find the authority of the test. */
export const AUTHORITY = { REQUESTS_CA_BUNDLE: '/root/pebble/pebble.pem' };
export const NOTHING_TO_CHANGE = /^Nothing to change, \d+ s\.$/m;

const ANSWERS = {
  ACME_DIRECTORY: Pebble.directories[0],
  // Somebody must hear of alerts; nobody listens there.
  ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/alerts',
};

/** What tells of the machine that the test runs on, which may be small and busy. */
const MACHINE_OF_THE_TEST = ['0-clock', '1.1-processors', '1.1-size', '1.1-headroom'];

/** What the doctor cannot find here, and why. */
const MISSING_HERE = new Map([
  ['1.1-static-address', 'a person knows'],
  ['1.2-names', 'there is no DNS, only /etc/hosts'],
  ['2.1-provider-firewall', 'a person knows'],
  ['2.1-admin-addresses', 'a person knows'],
  ['4.2-hsts', 'on once the certificate has renewed by itself'],
  ['4.2-ssl-labs', 'a person knows'],
  ['4.3-staging', 'a person knows'],
  ['5.3-mobile', 'a person knows'],
  ['9.3-archive', 'the example archives nothing'],
  ['10-all-rotated', 'a person knows'],
  ['14-audit', 'the registry may be out of reach'],
  ['15.2-security', 'follows from the audit'],
  ['15.2-test-alert', 'a person knows'],
  ['15.2-backup', 'nothing was backed up yet'],
  ['15.2-restore', 'a person knows'],
  ['15.2-soak', 'a person knows'],
  ['15.2-on-call', 'a person knows'],
]);

/** A bare machine with its answers, and an authority beside it that knows both names. */
export async function bootBare(system: System, answers: Readonly<Record<string, string>> = ANSWERS): Promise<Vm> {
  await using unfinished = new AsyncDisposableStack();
  const vm = unfinished.use(await Vm.boot(system, answers, DOMAIN, TURN_DOMAIN));
  const folder = vm.path('root/pebble');
  await mkdir(folder);
  await Pebble.start({ folder, run: (command, port) => vm.runBeside(command, port) });
  const roots = ['curl', '--insecure', 'https://127.0.0.1:15000/roots/0'];
  const { stdout: authority } = await vm.network.run('server', roots);
  await writeFile(`${folder}/root.pem`, authority);
  await appendFile(vm.path('etc/ssl/certs/around.pem'), authority);
  unfinished.move();
  return vm;
}

export const nameOfRelease = (checkout: string) => `git -C ${checkout} describe --always --tags --abbrev=12`;

/** The release of a checkout as if it was built there: `init.system.ts` shows that it can be, which takes minutes. */
export async function putRelease(vm: Vm, checkout: string): Promise<void> {
  const name = (await succeed('sh', ['-c', nameOfRelease(vm.path(checkout))])).trim();
  const script = `
    mkdir -p "$2"
    git -C "$1" archive HEAD | tar -xC "$2"
    cp -a "$3/dist" "$3/node_modules" "$3/public" "$2"
    "$4" "$3/infra/parts/relay/prepare-assets.mjs" "$2" "\${2##*/}"
    echo "\${2##*/}" >"$2/RELEASE"
  `;
  const release = vm.path('opt/azaan-relay/releases', name);
  await succeed('sh', ['-ec', script, 'sh', vm.path(checkout), release, REPOSITORY, process.execPath]);
}

export const init = (vm: Vm, options = '', seconds = 600): Promise<Outcome> =>
  vm.run(`infra/init.sh ${options} 2>&1`, { seconds, env: AUTHORITY });

/** As a caller from elsewhere sees it, who believes the authority of the test and no other. */
export const call = (vm: Vm, path: string): Promise<Outcome> =>
  vm.network.run('client', [
    ...['curl', '--silent', '--show-error', '--max-time', '10', '--cacert', vm.path('root/pebble/root.pem')],
    ...['--resolve', `${DOMAIN}:443:${SERVER_IP}`, `https://${DOMAIN}${path}`],
  ]);

/** What the doctor minds, but for what such a machine cannot have. */
export async function minded(vm: Vm): Promise<Report['checks']> {
  const { stdout } = await vm.run('infra/doctor --json', { seconds: 60 });
  const { checks } = JSON.parse(stdout) as Report;
  const found = checks.filter(({ id, status }) => status !== 'ok' && !MACHINE_OF_THE_TEST.includes(id));
  return found.filter(({ id, status }) => status === 'bad' || !MISSING_HERE.has(id));
}
