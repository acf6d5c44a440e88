import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Permissive ones, and MPL 2.0, which asks for nothing as long as the package itself is not changed. */
const ALLOWED_LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
  'MPL 2.0',
  'Python-2.0',
]);

const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const manifest = read('package.json') as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const lockfile = read('package-lock.json') as { readonly packages: Readonly<Record<string, LockedPackage>> };
const locked = Object.entries(lockfile.packages).filter(([path]) => path !== '');

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The lockfile has it for all platforms; two packages still state it the way of long ago. */
function licenceOf([path, { license }]: readonly [string, LockedPackage]): string | undefined {
  if (license !== undefined) return license;
  const { licenses } = read(`${path}/package.json`) as { readonly licenses?: readonly { readonly type: string }[] };
  return licenses?.map(({ type }) => type).join();
}

describe('dependencies', () => {
  it('are exact versions', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^(npm:@?[\w/-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('come from the npm registry, each with a hash', () => {
    const strangers = locked.filter(
      ([, { resolved = 'https://registry.npmjs.org/', integrity }]) =>
        !resolved.startsWith('https://registry.npmjs.org/') || integrity?.startsWith('sha512-') !== true,
    );
    expect(strangers.map(([path]) => path)).toEqual([]);
  });

  it('run scripts at their installation only where package.json decides it by name', () => {
    const withScripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const undecided = withScripts.map(([path]) => nameOf(path)).filter((name) => !(name in manifest.allowScripts));
    expect(undecided).toEqual([]);
    const decided = Object.keys(manifest.allowScripts);
    expect(decided.filter((name) => !withScripts.some(([path]) => nameOf(path) === name))).toEqual([]);
  });

  it('of production have licences that allow what this project does', () => {
    const others = locked
      .filter(([, { dev }]) => dev !== true)
      .map((each) => [nameOf(each[0]), licenceOf(each)] as const)
      .filter(([, licence]) => licence === undefined || !ALLOWED_LICENCES.has(licence));
    expect(others).toEqual([]);
  });

  it('are installed from the lockfile, in CI as on a server', () => {
    const script = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    expect(script).toMatch(/^step install npm ci\b/m);
    expect(script).not.toMatch(/npm (install|i|update)\b/);
  });
});
