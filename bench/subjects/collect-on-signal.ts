import { COLLECT_SIGNAL } from './collect-signal.js';

/** Loaded into the server by `--import`: it collects its garbage whenever it is told to. */
process.on(COLLECT_SIGNAL, () => globalThis.gc?.());
