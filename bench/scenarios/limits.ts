import { LimitProgram, type LimitResult } from '../limit/run-limit.js';
import { LONG_PACKETS, SHORT_PACKETS } from './load-session.js';
import type { ScenarioContext } from './scenario.js';

export interface Limits {
  readonly pacedLong: LimitResult;
  readonly pacedShort: LimitResult;
  readonly hot: LimitResult;
}

/** Undefined on a machine that cannot compile it. */
export async function measureLimits(context: ScenarioContext): Promise<Limits | undefined> {
  const { scope, progress, listeners, seconds } = context;
  progress('limit: compiling');
  const program = await LimitProgram.compile();
  if (!program) return undefined;
  scope.use(program);
  progress(`limit: measuring ${listeners} sockets, three times ${seconds} s`);
  const pacedLong = await program.measure('paced', LONG_PACKETS, listeners, seconds);
  const pacedShort = await program.measure('paced', SHORT_PACKETS, listeners, seconds);
  return { pacedLong, pacedShort, hot: await program.measure('hot', SHORT_PACKETS, listeners, seconds) };
}
