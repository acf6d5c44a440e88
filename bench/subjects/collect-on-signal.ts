import childProcess, { type ForkOptions } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { COLLECT_SIGNAL } from './collect-signal.js';

/** Loaded into the server by `--import`: it and its workers collect their garbage whenever they are told to. */
process.on(COLLECT_SIGNAL, () => globalThis.gc?.());

// The server keeps its environment, and with it NODE_OPTIONS, from its workers.
const { fork } = childProcess;
Object.assign(childProcess, {
  fork: (script: string, args: readonly string[], { execArgv = [], ...options }: ForkOptions) =>
    fork(script, args, { ...options, execArgv: [...execArgv, '--expose-gc', `--import=${import.meta.url}`] }),
});
syncBuiltinESMExports();
