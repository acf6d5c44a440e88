import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Directory of package.json, whether this file runs compiled or from source. */
export const repositoryRoot = findRoot(import.meta.dirname);

function findRoot(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('package.json not found above the benchmark');
  return findRoot(parent);
}
