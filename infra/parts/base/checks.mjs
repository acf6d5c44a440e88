import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bad, CannotTell, forPeople, good, unknown, unlessAny } from '../../lib/doctor/finding.mjs';
import { INFRA } from '../../lib/doctor/machine.mjs';
import { processorLoad } from '../../lib/doctor/parse.mjs';

const INIT_DEADLINE_MS = 30_000;
const GB = 1e9;
const PLANNED_PROCESSORS = 4;
const MIN_PROCESSORS = 2;
// What is sold as 8 GB and 120 GB, less what firmware, kernel and file system keep.
const MIN_MEMORY_GB = 7.4;
const MIN_DISK_GB = 105;
const MAX_USE = { CPU: 0.6, memory: 0.7, disk: 0.75 };
const MIN_UP_SECONDS = 3_600;
const ROLLOUT_TTL_SECONDS = 300;
const DNS_TIMEOUT_MS = 2_000;
const MAX_BACKUP_AGE_HOURS = 26;
const HOUR_SECONDS = 3_600;

const RESIZE = 'have the provider resize the VM';

/** Packages grow old by the day and are brought up to date by themselves: section 1.3 asks for them. */
const BY_THEMSELVES = ['would: lists of packages', 'would: updates'];

/** Every file and service of every part, as init.sh looks at them. */
async function asInitWould(machine) {
  machine.answer('DOMAIN');
  const { code, stdout, stderr } = await machine.run(join(INFRA, 'init.sh'), ['--check'], {
    env: { AZAAN_ANSWERS: machine.answersFile },
    timeoutMs: INIT_DEADLINE_MS - 1_000,
  });
  const lines = stdout.split('\n').map((line) => line.trim());
  const told = lines.filter((line) => /^(?:would: |✗ )/.test(line));
  const minded = told.filter((line) => !BY_THEMSELVES.includes(line));
  const isFine = code === 0 || (told.length > 0 && minded.length === 0);
  return isFine ? good('init.sh would change nothing') : bad(minded.join('; ') || stderr.trim());
}

async function clock(machine) {
  const told = await machine.output('timedatectl', ['show', '--property', 'NTPSynchronized', '--value']);
  return told.trim() === 'yes' ? good('corrected by its daemon') : bad('nobody corrects it');
}

function processors(machine) {
  const count = (machine.read('/proc/cpuinfo') ?? '').match(/^processor\s*:/gm)?.length ?? 0;
  if (count >= PLANNED_PROCESSORS) return good(`${count} vCPU`);
  return count < MIN_PROCESSORS
    ? bad(`${count} vCPU, wanted: ${PLANNED_PROCESSORS}`, RESIZE)
    : forPeople(`${count} vCPU, planned: ${PLANNED_PROCESSORS}; enough where the load was measured`);
}

/** @returns {{ size: number, used: number }} in GB, and the part of it that is in use, 0 to 1 */
function memory(machine) {
  const text = machine.read('/proc/meminfo') ?? '';
  const [size, available] = ['MemTotal', 'MemAvailable'].map(
    (name) => (Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]) * 1_024) / GB,
  );
  return { size, used: 1 - available / size };
}

/** As `memory`, of the disk. */
const disk = (machine) =>
  machine.once('df', async () => {
    const lines = (await machine.output('df', ['-B1', '--output=size,avail', machine.path('/')])).trim().split('\n');
    const [bytes, available] = lines.at(-1).trim().split(/\s+/).map(Number);
    return { size: bytes / GB, used: 1 - available / bytes };
  });

async function size(machine) {
  const sizes = [
    { what: 'RAM', has: memory(machine).size, wanted: MIN_MEMORY_GB },
    { what: 'disk', has: (await disk(machine)).size, wanted: MIN_DISK_GB },
  ].map((each) => ({ ...each, seen: `${each.has.toFixed(1)} GB ${each.what}` }));
  return unlessAny(
    sizes.map(({ has, wanted, seen }) => !(has >= wanted) && `${seen}, wanted: ${wanted}`),
    sizes.map(({ seen }) => seen).join(', '),
  );
}

async function headroom(machine) {
  const upSeconds = Number.parseFloat(machine.read('/proc/uptime') ?? '');
  // The use of CPU is the average since the machine started, and making the server is most of its first hour.
  const young = upSeconds < MIN_UP_SECONDS;
  const uses = {
    ...(young ? {} : { CPU: processorLoad(machine.read('/proc/stat') ?? '') }),
    memory: memory(machine).used,
    disk: (await disk(machine)).used,
  };
  const percent = (part) => `${Math.round(part * 100)} %`;
  const finding = unlessAny(
    Object.entries(uses).map(
      ([what, used]) => !(used < MAX_USE[what]) && `${what} ${percent(used)}, wanted: below ${percent(MAX_USE[what])}`,
    ),
    Object.entries(uses)
      .map(([what, used]) => `${what} ${percent(used)}`)
      .join(', '),
  );
  if (finding.status === 'bad' || !young) return finding;
  return unknown(`${finding.seen}; up for ${Math.round(upSeconds / 60)} minutes: ask again after an hour`);
}

/** As the resolvers of this machine know the name. @returns {Promise<(string | false)[]>} what is wrong with its records */
async function problemsOf(machine, name) {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  const none = (error) => {
    if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
    throw new CannotTell(`${name} cannot be looked up: ${error.code}`);
  };
  const v4 = await resolver.resolve4(name, { ttl: true }).catch(none);
  const v6 = await resolver.resolve6(name).catch(none);
  const addresses = v4.map(({ address }) => address).join(', ');
  const ttl = Math.max(...v4.map((record) => record.ttl));
  return [
    addresses !== machine.answer('PUBLIC_IP') && `${name} is ${addresses || 'unknown'}`,
    v6.length > 0 && `${name} has AAAA ${v6.join(', ')}, but the server speaks IPv4 only`,
    // Until the rollout is over.
    machine.answer('HSTS') !== 'on' &&
      ttl > ROLLOUT_TTL_SECONDS &&
      `${name} is kept for ${ttl} s, wanted until HSTS=on: ${ROLLOUT_TTL_SECONDS} or less`,
  ];
}

async function namesLeadHere(machine) {
  const names = ['DOMAIN', 'TURN_DOMAIN'].map((variable) => machine.answer(variable));
  const problems = await Promise.all(names.map((name) => problemsOf(machine, name)));
  return unlessAny(problems.flat(), `both are ${machine.answer('PUBLIC_IP')}`);
}

async function packagesAreThere(machine) {
  const list = readFileSync(join(INFRA, 'parts/base/packages'), 'utf8').split('\n');
  const wanted = list.filter((line) => /^[a-z]/.test(line));
  const installed = await machine.output('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n']);
  const missing = wanted.filter((name) => !`\n${installed}`.includes(`\n${name} installed\n`));
  return missing.length === 0 ? good(`all ${wanted.length}`) : bad(`missing: ${missing.join(', ')}`);
}

function security(_machine, others) {
  const named = (wanted) => others.filter(({ status }) => status === wanted).map(({ id }) => id);
  const [wrong, open] = [named('bad'), named('unknown')];
  if (wrong.length > 0) return bad(wrong.join(', '));
  return open.length > 0 ? unknown(`open: ${open.join(', ')}`) : good(`all ${others.length} lines of section 14`);
}

function backup(machine) {
  const last = machine.metrics('backup').get('azaan_backup_last_success_timestamp_seconds');
  if (last === undefined) return forPeople('no backup has been recorded');
  const hours = (machine.nowMs / 1_000 - last) / HOUR_SECONDS;
  const seen = `${Math.round(hours)} hours ago`;
  return hours <= MAX_BACKUP_AGE_HOURS ? good(seen) : bad(seen);
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [
  {
    id: '0-answers',
    title: 'the answers are complete and valid',
    mend: 'sudo nano /etc/azaan/azaan.env; infra/azaan.env.example explains each line',
    look: ({ answersError: error, answersFile }) => {
      if (error === undefined) return good(answersFile);
      if (error.code === 'EACCES') throw new CannotTell(`needs root, for ${answersFile}`);
      return bad(error.message.split('\n').join('; '));
    },
  },
  {
    id: '0-files',
    title: 'files and services are as init.sh makes them',
    mend: 'sudo infra/init.sh --check; sudo infra/init.sh',
    deadlineMs: INIT_DEADLINE_MS,
    look: asInitWould,
  },
  {
    id: '0-clock',
    title: 'the clock is right: tokens forgive no more than a minute',
    mend: 'sudo infra/init.sh; docs/runbooks/HostClockNotSynchronised.md',
    look: clock,
  },
  {
    id: '1.1-processors',
    title: '4 vCPU, or fewer and a load that was measured on them',
    mend: `npm run load -- --help, from another machine: with as many listeners as are to come; or ${RESIZE}`,
    look: processors,
  },
  { id: '1.1-size', title: '8 GB RAM, 120 GB SSD', mend: RESIZE, look: size },
  {
    id: '1.1-static-address',
    title: 'the public IPv4 address is static',
    mend: "see the provider's console: the address stays when the VM is switched off and on",
  },
  {
    id: '1.1-headroom',
    title: 'CPU below 60 %, memory below 70 %, disk below 75 %',
    mend: 'docs/runbooks/HostCpuHigh.md; docs/runbooks/HostMemoryHigh.md; docs/runbooks/vm-disk-full.md',
    look: headroom,
  },
  {
    id: '1.2-names',
    title: 'both names lead here, with a low TTL during rollout',
    mend: 'for each one A record with PUBLIC_IP and a TTL of 300 s, no AAAA record',
    look: namesLeadHere,
  },
  { id: '1.3-packages', title: 'the packages are installed', look: packagesAreThere },
  {
    id: '15.2-security',
    title: 'the security checklist is complete',
    mend: 'sudo infra/doctor --only 14',
    needs: '14',
    look: security,
  },
  {
    id: '15.2-backup',
    title: 'the last backup is younger than a day',
    mend: 'docs/runbooks/BackupStale.md',
    confirmedForDays: 7,
    look: backup,
  },
  {
    id: '15.2-restore',
    title: 'a full restore was drilled within 60 minutes',
    mend: 'restore the last backup to a fresh VM, and measure',
  },
];
