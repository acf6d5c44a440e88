import type { ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** With what ends each at once. */
const children = new Map<ChildProcess, () => void>();

function killAll(): void {
  for (const kill of children.values()) kill();
}

function killAllAndDie(signal: NodeJS.Signals): void {
  killAll();
  // Without this handler, which was for one time only, the signal does what it always does.
  process.kill(process.pid, signal);
}

/**
 * A child must not outlive this process, whichever way it ends: a test run that is interrupted leaves nothing behind.
 *
 * @param kill ends it at once, with what it started itself
 */
export function mustNotOutliveUs(child: ChildProcess, kill: () => void = () => child.kill('SIGKILL')): void {
  if (children.size === 0) {
    process.once('exit', killAll);
    for (const signal of SIGNALS) process.once(signal, killAllAndDie);
  }
  children.set(child, kill);
  child.once('close', () => {
    children.delete(child);
    if (children.size > 0) return;
    process.off('exit', killAll);
    for (const signal of SIGNALS) process.off(signal, killAllAndDie);
  });
}
