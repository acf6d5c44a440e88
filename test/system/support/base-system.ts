import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from './machine.js';
import { madeOnce } from './shared.js';

interface Archive {
  readonly url: string;
  readonly components: string;
  readonly suites: readonly string[];
  /** What its servers have besides. */
  readonly packages?: readonly string[];
  /** Where this machine has no package of the archive's keys: the archive's own, as it was looked at once. */
  readonly keyring?: { readonly path: string; readonly sha256: string; readonly file: string };
  /** Where this machine's debootstrap is older than the system: that of one that is made the same way. */
  readonly script?: string;
}

const UBUNTU = {
  url: 'http://archive.ubuntu.com/ubuntu',
  components: 'main,universe',
  packages: ['needrestart', 'rsyslog'],
  keyring: {
    path: 'pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb',
    sha256: '0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f',
    file: 'usr/share/keyrings/ubuntu-archive-keyring.gpg',
  },
  script: '/usr/share/debootstrap/scripts/jammy',
} as const satisfies Partial<Archive>;
const DEBIAN = { url: 'http://deb.debian.org/debian', components: 'main' } as const satisfies Partial<Archive>;

/** The systems that init.sh is made for, by the names that their archives have for them. */
const ARCHIVES = {
  bookworm: { ...DEBIAN, suites: ['bookworm'] },
  trixie: { ...DEBIAN, suites: ['trixie'] },
  jammy: { ...UBUNTU, suites: ['jammy', 'jammy-updates', 'jammy-security'] },
  noble: { ...UBUNTU, suites: ['noble', 'noble-updates', 'noble-security'] },
} as const satisfies Record<string, Archive>;

export type System = keyof typeof ARCHIVES;

/** As on a server that a provider hands over. */
const PACKAGES = ['ca-certificates', 'dbus', 'git', 'iproute2', 'openssh-server', 'sudo', 'systemd', 'systemd-sysv'];
const REACH_TIMEOUT_MS = 10_000;
const MAKE_TIMEOUT_MS = 600_000;

/** What is in the way of the system's archive from here; undefined when it answers. */
export async function unreachable(system: System): Promise<string | undefined> {
  const url = `${ARCHIVES[system].url}/dists/${system}/InRelease`;
  return fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) }).then(
    ({ ok, status }) => (ok ? undefined : `${url} answers ${status}`),
    (error: unknown) => `${url} does not answer: ${String(error instanceof TypeError ? error.cause : error)}`,
  );
}

/** The smallest system of the archive, in the folder `root`: a copy of the one that the test run makes once. */
export async function makeBaseSystem(system: System, root: string): Promise<void> {
  const made = await madeOnce(system, (folder) => bootstrap(system, folder));
  await succeed('cp', ['--archive', '--reflink=auto', join(made, 'root'), root], {}, MAKE_TIMEOUT_MS);
}

async function bootstrap(system: System, folder: string): Promise<void> {
  const root = join(folder, 'root');
  const archive: Archive = ARCHIVES[system];
  const packages = [...PACKAGES, ...(archive.packages ?? [])];
  const options = ['--variant=minbase', `--components=${archive.components}`, `--include=${packages.join(',')}`];
  if (archive.keyring !== undefined) options.push(`--keyring=${await fetchKeyring(archive, archive.keyring, folder)}`);
  const script = archive.script === undefined ? [] : [archive.script];
  await succeed('debootstrap', [...options, system, root, archive.url, ...script], {}, MAKE_TIMEOUT_MS);
  const components = archive.components.replaceAll(',', ' ');
  const sources = archive.suites.map((suite) => `deb ${archive.url} ${suite} ${components}\n`);
  await writeFile(join(root, 'etc/apt/sources.list'), sources.join(''));
  // No such machine outlives a power cut of its host.
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
}

async function fetchKeyring(
  { url }: Archive,
  { path, sha256, file }: NonNullable<Archive['keyring']>,
  folder: string,
): Promise<string> {
  const answer = await fetch(`${url}/${path}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${url}/${path} is ${found}, and not ${sha256}`);
  const deb = join(folder, 'keyring.deb');
  await writeFile(deb, bytes);
  await succeed('dpkg-deb', ['--extract', deb, join(folder, 'keyring')]);
  return join(folder, 'keyring', file);
}
