import { appendFile, cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { succeed } from './machine.js';
import { madeOnce } from './shared.js';

const REVISION = '1nodesource1';
const SIGNER = 'Packages of a test';

export interface NodePackages {
  readonly folder: string;
  /** Of the key that signs them. */
  readonly fingerprint: string;
}

/**
 * A repository of Node's packages as its vendor has one: this machine's Node in it, signed by a key made for it, which
 * `key.asc` holds alone, and `two-keys.asc` with somebody else's.
 */
export async function nodePackages(version: string): Promise<NodePackages> {
  const folder = await madeOnce('node-packages', (empty) => makeNodePackages(empty, version));
  return { folder, fingerprint: await readFile(join(folder, 'fingerprint'), 'utf8') };
}

async function makeNodePackages(folder: string, version: string): Promise<void> {
  const [content, pool, keys] = [join(folder, 'content'), join(folder, 'pool'), join(folder, 'keys')];
  for (const each of [content, pool, keys]) await mkdir(each, { recursive: true, mode: 0o700 });
  const architecture = (await succeed('dpkg', ['--print-architecture'])).trim();
  const name = `nodejs_${version}-${REVISION}_${architecture}.deb`;
  const control = [
    'Package: nodejs',
    `Version: ${version}-${REVISION}`,
    `Architecture: ${architecture}`,
    'Maintainer: test <test@example.org>',
    'Description: Node and npm',
  ];

  const npm = dirname(dirname((await succeed('sh', ['-c', 'readlink -f "$(command -v npm)"'])).trim()));
  for (const each of ['DEBIAN', 'usr/bin', 'usr/lib/node_modules'])
    await mkdir(join(content, each), { recursive: true });
  await cp(process.execPath, join(content, 'usr/bin/node'), { dereference: true });
  await cp(npm, join(content, 'usr/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(content, 'usr/bin/npm'));
  await symlink('../lib/node_modules/npm/bin/npx-cli.js', join(content, 'usr/bin/npx'));
  await writeFile(join(content, 'DEBIAN/control'), `${control.join('\n')}\n`);
  const build = ['--root-owner-group', '-Zgzip', '-z1', '--build', content, join(pool, name)];
  await succeed('dpkg-deb', build);

  const file = `dists/nodistro/main/binary-${architecture}/Packages`;
  const packages = [
    ...control,
    `Filename: pool/${name}`,
    ...(await sizeAndHash(join(pool, name), 'Size: ', 'SHA256: ')),
  ];
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), `${packages.join('\n')}\n`);
  const [size, hash] = await sizeAndHash(join(folder, file), '', '');
  const release = join(folder, 'dists/nodistro/Release');
  await writeFile(release, `Suite: nodistro\nCodename: nodistro\nComponents: main\nArchitectures: ${architecture}\n`);
  const entry = ` ${hash!} ${size!} main/binary-${architecture}/Packages`;
  await appendFile(release, `Date: ${new Date().toUTCString()}\nSHA256:\n${entry}\n`);

  const gpg = (...args: string[]) => succeed('gpg', ['--homedir', keys, '--batch', '--passphrase', '', ...args]);
  await gpg('--quick-generate-key', SIGNER, 'ed25519', 'sign');
  await gpg('--clearsign', '--output', join(folder, 'dists/nodistro/InRelease'), release);
  await gpg('--armor', '--export', '--output', join(folder, 'key.asc'));
  await gpg('--quick-generate-key', 'Somebody else', 'ed25519', 'sign');
  await gpg('--armor', '--export', '--output', join(folder, 'two-keys.asc'));
  const listing = await gpg('--with-colons', '--list-keys', SIGNER);
  await succeed('gpgconf', ['--homedir', keys, '--kill', 'all']);
  await writeFile(join(folder, 'fingerprint'), /^fpr:+([0-9A-F]{40}):/m.exec(listing)![1]!);
}

async function sizeAndHash(path: string, beforeSize: string, beforeHash: string): Promise<string[]> {
  const { size } = await stat(path);
  const hash = createHash('sha256').update(await readFile(path));
  return [`${beforeSize}${size}`, `${beforeHash}${hash.digest('hex')}`];
}
