import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What relay and clients are in the namespace. Firefox and libwebrtc do not use loopback. */
export const ADDRESSES = { IPv4: '10.44.1.1', IPv6: 'fd44:1::1' } as const;
export type Family = keyof typeof ADDRESSES;

/** Two ends of one cable, of which one is used. */
const CABLE = ['link set lo up', 'link add media type veth peer name far', 'link set far up', 'link set media up'];
/** Browsers without a microphone offer the address of the default route alone. Duplicate detection would take seconds. */
const ROUTES: Readonly<Record<Family, readonly string[]>> = {
  IPv4: [`address add ${ADDRESSES.IPv4}/24 dev media`, 'route add default dev media'],
  IPv6: [`address add ${ADDRESSES.IPv6}/64 dev media nodad`, '-6 route add default dev media'],
};

/**
 * Runs a program of this directory in a network namespace that the kernel removes with the last process in it. Without root
 * that takes a user namespace, too.
 *
 * @returns its exit code
 */
export async function runInNamespace(script: string, args: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') throw new Error('interop needs Linux, for its network namespace');
  const program = [process.execPath, join(import.meta.dirname, `${script}.js`), ...args];
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn('unshare', [...asRoot, '--net', '--', ...program], { stdio: 'inherit' });
  // Ctrl-C reaches both; who must clean up is the child.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Gives the namespace that this process is in its addresses. */
export async function setUpNamespace(families: readonly Family[]): Promise<void> {
  const commands = [...CABLE, ...families.flatMap((family) => ROUTES[family])];
  for (const command of commands) await promisify(execFile)('ip', command.split(' '));
}
