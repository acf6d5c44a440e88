import type { ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const children = new Set<ChildProcess>();

function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

function killAllAndDie(signal: NodeJS.Signals): void {
  killAll();
  // Without this handler, which was for one time only, the signal does what it always does.
  process.kill(process.pid, signal);
}

/** A child must not outlive this process, whichever way it ends: a test run that is interrupted leaves nothing behind. */
export function mustNotOutliveUs(child: ChildProcess): void {
  if (children.size === 0) {
    process.once('exit', killAll);
    for (const signal of SIGNALS) process.once(signal, killAllAndDie);
  }
  children.add(child);
  child.once('close', () => {
    children.delete(child);
    if (children.size > 0) return;
    process.off('exit', killAll);
    for (const signal of SIGNALS) process.off(signal, killAllAndDie);
  });
}
