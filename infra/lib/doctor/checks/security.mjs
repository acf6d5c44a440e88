import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bad, forPeople, good, unlessAny } from '../finding.mjs';
import { firewallDiffers } from '../firewall.mjs';
import { INFRA } from '../machine.mjs';
import { jails, sshdSettings } from '../parse.mjs';
import { unitsRun } from '../units.mjs';

const AUDIT_DEADLINE_MS = 30_000;
const MAX_REBOOT_WAIT_DAYS = 7;
const JAILS = ['sshd', 'azaan-auth', 'azaan-limit', 'azaan-malformed'];
const SENSITIVE = /^(\.env(\..*)?|.*\.(pem|key|p12|pfx|jks|kdbx)|id_(rsa|dsa|ecdsa|ed25519)|\.htpasswd|\.npmrc\.auth)$/;
const ALLOWED = new Set(['.env.example']);
const NOT_WALKED = new Set(['node_modules', '.git']);
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/;
const MAX_SCANNED_BYTES = 1_048_576;

const sshd = (machine) =>
  machine.once('sshd -T', async () => {
    const own = machine.root === '' ? [] : ['-f', machine.path('/etc/ssh/sshd_config')];
    const { code, stdout, stderr } = await machine.run('/usr/sbin/sshd', ['-T', ...own]);
    if (code !== 0) throw new Error(stderr.trim());
    return sshdSettings(stdout);
  });

async function sshSays(machine, wanted) {
  const settings = await sshd(machine);
  const wrong = Object.entries(wanted).filter(([name, value]) => settings.get(name) !== value);
  return unlessAny(
    wrong.map(([name, value]) => `${name} ${settings.get(name)}, wanted: ${value}`),
    Object.entries(wanted)
      .map((pair) => pair.join(' '))
      .join(', '),
  );
}

async function keysFromAdministrators(machine) {
  const [keys, access, difference] = await Promise.all([
    sshSays(machine, { pubkeyauthentication: 'yes' }),
    machine.run(join(INFRA, 'parts/ssh/check-access')),
    firewallDiffers(machine),
  ]);
  const networks = machine.value('ADMIN_CIDRS');
  return unlessAny(
    [
      keys.status === 'ok' ? '' : keys.seen,
      access.code === 0 ? '' : access.stderr.trim(),
      networks.length > 0 ? '' : 'ADMIN_CIDRS is empty',
      difference === undefined ? '' : `ufw does not hold others off: ${difference}`,
    ].filter(Boolean),
    `${access.stdout.trim()}; from ${networks.join(' ')}`,
  );
}

async function bans(machine) {
  const { code, stdout, stderr } = await machine.run('fail2ban-client', ['status']);
  if (code !== 0) return bad(stderr.trim().replace(/^.*ERROR\s+/s, '') || 'fail2ban does not answer');
  const active = jails(stdout);
  const missing = JAILS.filter((jail) => !active.includes(jail));
  return missing.length === 0 ? good(active.join(', ')) : bad(`no jail ${missing.join(', ')}`);
}

async function patchCycle(machine) {
  const waiting = machine.ageInDays('/run/reboot-required');
  if (waiting > MAX_REBOOT_WAIT_DAYS)
    return bad(
      `a reboot has been due for ${Math.round(waiting)} days`,
      'docs/runbooks/safe-reboot-maintenance-mode.md',
    );
  return unitsRun(machine, ['apt-daily.timer', 'apt-daily-upgrade.timer']);
}

async function audited(machine) {
  const options = { cwd: machine.release(), timeoutMs: AUDIT_DEADLINE_MS - 1_000, env: { AUDIT_REQUIRED: '1' } };
  if (machine.stat('/opt/azaan-relay/current/tools/audit.mjs') === undefined)
    return bad('the release has no tools/audit.mjs');
  const { code, stdout } = await machine.run(process.execPath, ['tools/audit.mjs'], options);
  const lines = stdout.trim().split('\n');
  if (code === 0) return good(lines.at(-1));
  return code === 2 ? forPeople(lines.at(-1)) : bad(lines.slice(0, -1).join('; '));
}

/** Mode and owner of what holds private keys. */
function keyModes(machine) {
  const [tls, turn] = ['/etc/azaan/tls/privkey.pem', '/etc/azaan/turn-tls/privkey.pem'].map((path) => ({
    path,
    stat: machine.stat(path),
  }));
  const folders = ['/etc/letsencrypt/live', '/etc/letsencrypt/archive'].map((path) => ({
    path,
    stat: machine.stat(path),
  }));
  const wide = [tls, turn].filter(({ stat }) => stat !== undefined && (stat.mode & 0o077) !== 0);
  const open = folders.filter(({ stat }) => stat !== undefined && (stat.mode & 0o007) !== 0);
  return unlessAny(
    [
      ...[tls, turn].filter(({ stat }) => stat === undefined).map(({ path }) => `there is no ${path}`),
      tls.stat === undefined || tls.stat.uid === 0 ? '' : `${tls.path} is not root's`,
      ...[...wide, ...open].map(({ path, stat }) => `${path} has mode ${(stat.mode & 0o777).toString(8)}`),
    ].filter(Boolean),
    'owners only',
  );
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_WALKED.has(entry.name)) yield* filesBelow(path);
    if (entry.isFile()) yield path;
  }
}

function sensitiveFiles(machine) {
  const release = machine.release();
  const secrets = [
    ...machine.value('TURN_SECRETS'),
    ...machine
      .answer('JWT_KEYS')
      .split(',')
      .map((key) => key.replace(/^[^:]*:/, '')),
  ];
  const found = [];
  let count = 0;
  for (const path of filesBelow(release)) {
    count += 1;
    const name = path.slice(release.length + 1);
    const base = name.split('/').at(-1);
    if (SENSITIVE.test(base) && !ALLOWED.has(base)) found.push(`${name} should not be there`);
    else {
      const text = readFileSync(path, 'latin1').slice(0, MAX_SCANNED_BYTES);
      if (PRIVATE_KEY.test(text)) found.push(`${name} holds a private key`);
      if (secrets.some((secret) => secret !== '' && text.includes(secret)))
        found.push(`${name} holds a secret of this server`);
    }
  }
  return unlessAny(found, `none among ${count} files`);
}

/** The first file that says it counts, and init.sh leaves those of others alone. */
const sshdMend = (name) => `sudo infra/init.sh; sudo grep -rin ${name} /etc/ssh`;

/** @type {readonly import('../examine.mjs').Check[]} */
export const securityChecks = [
  {
    id: '14-ssh-passwords',
    title: 'SSH takes no passwords',
    mend: sshdMend('authentication'),
    root: true,
    look: (machine) => sshSays(machine, { passwordauthentication: 'no', kbdinteractiveauthentication: 'no' }),
  },
  {
    id: '14-ssh-root',
    title: 'root cannot log in by SSH',
    mend: sshdMend('permitrootlogin'),
    root: true,
    look: (machine) => sshSays(machine, { permitrootlogin: 'no' }),
  },
  {
    id: '14-ssh-keys',
    title: 'SSH by key only, from administrators only',
    mend: 'sudo infra/init.sh, which names what it cannot mend; docs/operations/go-live.md, step 5',
    root: true,
    look: keysFromAdministrators,
  },
  {
    id: '14-fail2ban',
    title: 'fail2ban watches SSH and nginx',
    mend: 'sudo infra/init.sh',
    root: true,
    look: bans,
  },
  {
    id: '14-patch-cycle',
    title: 'the operating system is patched every day',
    mend: 'sudo infra/init.sh --only updates',
    look: patchCycle,
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
    id: '14-tls-keys',
    title: 'private keys are for privileged users only',
    mend: 'sudo chmod 0700 /etc/letsencrypt/live /etc/letsencrypt/archive; sudo infra/parts/certificates/obtain',
    root: true,
    look: keyModes,
  },
  {
    id: '14-sensitive-files',
    title: 'no sensitive files in the release',
    mend: 'remove it from the repository, and rotate what it held',
    root: true,
    look: sensitiveFiles,
  },
];
