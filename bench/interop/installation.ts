import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import type { Client } from './clients/client.js';

/** The packages of a client that are not there. */
export function missingPackages({ requirements }: Pick<Client, 'requirements'>): string[] {
  return requirements.filter(({ file }) => globSync(file).length === 0).map((requirement) => requirement.package);
}

/** Installs packages with apt-get, and says so. @throws Error when that needs root, or fails */
export function install(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error(`--install needs root on Debian or Ubuntu; the packages are ${packages.join(' ')}`);
  }
  console.log(`interop installs ${packages.join(' ')} (apt-get)`);
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: [...stdio], env });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: [...stdio], env });
}
