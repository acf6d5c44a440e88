import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { bad, CannotTell, good, unknown, unlessAny } from '../finding.mjs';
import { assignments, diskSpace, memory, processorLoad } from '../parse.mjs';

const GB = 1e9;
const SYSTEMS = new Map([
  ['ubuntu', '22.04'],
  ['debian', '12'],
]);
const MIN_PROCESSORS = 4;
// What is sold as 8 GB and 120 GB, less what firmware, kernel and file system keep.
const MIN_MEMORY_BYTES = 7.4 * GB;
const MIN_DISK_BYTES = 105 * GB;
const MAX_PROCESSOR_LOAD = 0.6;
const MIN_UP_SECONDS = 3_600;
const MAX_MEMORY_USE = 0.7;
const MAX_DISK_USE = 0.75;
const ROLLOUT_TTL_SECONDS = 300;
const DNS_TIMEOUT_MS = 2_000;

const percent = (part) => `${Math.round(part * 100)} %`;
const below = (value, limit, what) => {
  if (Number.isNaN(value)) return unknown(`${what} cannot be read`);
  return value < limit ? good(percent(value)) : bad(`${percent(value)}, wanted: below ${percent(limit)}`);
};
const atLeast = (value, limit, unit) => {
  const seen = `${Math.round(value * 10) / 10} ${unit}`;
  return value >= limit ? good(seen) : bad(`${seen}, wanted: ${limit}`);
};

const memoryOf = (machine) => memory(machine.read('/proc/meminfo') ?? '');
const diskOf = (machine) =>
  machine.once('df', async () =>
    diskSpace((await machine.run('df', ['-B1', '--output=size,avail', machine.path('/')])).stdout),
  );

function operatingSystem(machine) {
  const release = assignments(machine.read('/etc/os-release') ?? '');
  const seen = release.get('PRETTY_NAME') ?? 'no /etc/os-release';
  return SYSTEMS.get(release.get('ID')) === release.get('VERSION_ID')
    ? good(seen)
    : bad(`${seen}, wanted: Ubuntu 22.04 or Debian 12`);
}

function ownAddress({ address }) {
  const own = Object.values(networkInterfaces()).flatMap((each) => each.map((one) => one.address));
  return own.includes(address) ? good(address) : bad(`no interface has ${address}; they have ${own.join(', ')}`);
}

function processorUse(machine) {
  const upSeconds = Number.parseFloat(machine.read('/proc/uptime') ?? '');
  // It is the average since the machine started, and making the server is most of its first hour.
  if (upSeconds < MIN_UP_SECONDS)
    return unknown(`up for ${Math.round(upSeconds / 60)} minutes: ask again after an hour`);
  return below(processorLoad(machine.read('/proc/stat') ?? ''), MAX_PROCESSOR_LOAD, '/proc/stat');
}

/** A and AAAA records as the resolvers of this machine know them. */
async function lookUp(machine, name) {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  const none = (error) => {
    if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
    throw new CannotTell(`${name} cannot be looked up: ${error.code}`);
  };
  const [v4, v6] = await Promise.all([
    resolver.resolve4(name, { ttl: true }).catch(none),
    resolver.resolve6(name).catch(none),
  ]);
  return { v4, v6 };
}

async function pointsHere(machine, variable) {
  const [name, wanted] = [machine.answer(variable), machine.answer('PUBLIC_IP')];
  const { v4, v6 } = await lookUp(machine, name);
  const addresses = v4.map(({ address }) => address);
  return unlessAny(
    [
      addresses.length === 1 && addresses[0] === wanted ? '' : `${name} is ${addresses.join(', ') || 'unknown'}`,
      v6.length === 0 ? '' : `${name} has AAAA ${v6.join(', ')}, but the server speaks IPv4 only`,
    ].filter(Boolean),
    `${name} is ${wanted}`,
  );
}

async function shortTtl(machine) {
  const names = [machine.answer('DOMAIN'), machine.answer('TURN_DOMAIN')];
  const records = (await Promise.all(names.map((name) => lookUp(machine, name)))).flatMap(({ v4 }) => v4);
  if (records.length === 0) return bad('there are no records');
  const longest = Math.max(...records.map(({ ttl }) => ttl));
  if (machine.answer('HSTS') === 'on') return good(`${longest} s; rollout is over (HSTS=on)`);
  return longest <= ROLLOUT_TTL_SECONDS
    ? good(`${longest} s`)
    : bad(`${longest} s, wanted until HSTS=on: ${ROLLOUT_TTL_SECONDS} or less`);
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const machineChecks = [
  {
    id: '1.1-os',
    title: 'Ubuntu 22.04 or Debian 12',
    mend: 'docs/operations/go-live.md, step 2',
    look: operatingSystem,
  },
  {
    id: '1.1-processors',
    title: '4 vCPU',
    mend: 'have the provider resize the VM',
    look: (machine) =>
      atLeast([...(machine.read('/proc/cpuinfo') ?? '').matchAll(/^processor\s*:/gm)].length, MIN_PROCESSORS, 'vCPU'),
  },
  {
    id: '1.1-memory',
    title: '8 GB RAM',
    mend: 'have the provider resize the VM',
    look: (machine) => atLeast(memoryOf(machine).totalBytes / GB, MIN_MEMORY_BYTES / GB, 'GB'),
  },
  {
    id: '1.1-disk',
    title: '120 GB SSD',
    mend: 'have the provider enlarge the disk',
    look: async (machine) => atLeast((await diskOf(machine)).sizeBytes / GB, MIN_DISK_BYTES / GB, 'GB'),
  },
  {
    id: '1.1-address',
    title: 'the machine has the address of the answers',
    mend: 'set PRIVATE_IP to what `ip -4 address` shows, then sudo infra/init.sh',
    look: ownAddress,
  },
  {
    id: '1.1-static-address',
    title: 'the public IPv4 address is static',
    mend: "see the provider's console: the address stays when the VM is switched off and on",
  },
  {
    id: '1.1-processor-use',
    title: 'average CPU below 60 %',
    mend: 'docs/runbooks/HostCpuHigh.md',
    look: processorUse,
  },
  {
    id: '1.1-memory-use',
    title: 'memory below 70 %',
    mend: 'docs/runbooks/HostMemoryHigh.md',
    look: (machine) => {
      const { totalBytes, availableBytes } = memoryOf(machine);
      return below(1 - availableBytes / totalBytes, MAX_MEMORY_USE, '/proc/meminfo');
    },
  },
  {
    id: '1.1-disk-use',
    title: 'disk usage below 75 %',
    mend: 'docs/runbooks/vm-disk-full.md',
    look: async (machine) => {
      const { sizeBytes, availableBytes } = await diskOf(machine);
      return below(1 - availableBytes / sizeBytes, MAX_DISK_USE, 'df');
    },
  },
  {
    id: '1.2-relay-name',
    title: "the relay's name leads to this machine",
    mend: 'one A record with PUBLIC_IP, no AAAA record',
    look: (machine) => pointsHere(machine, 'DOMAIN'),
  },
  {
    id: '1.2-turn-name',
    title: "the TURN server's name leads to this machine",
    mend: 'one A record with PUBLIC_IP, no AAAA record',
    look: (machine) => pointsHere(machine, 'TURN_DOMAIN'),
  },
  { id: '1.2-ttl', title: 'low TTL during rollout', mend: 'a TTL of 300 s for both records', look: shortTtl },
];
