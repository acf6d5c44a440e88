import { LimitProgram } from '../limit/run-limit.js';
import { number, percent } from '../report/format.js';
import type { SectionBody } from '../report/results.js';
import { LONG_PACKETS, SHORT_PACKETS } from './load-session.js';
import type { Scenario, ScenarioContext } from './scenario.js';

export const limit: Scenario = {
  name: 'limit',
  title: 'The physical limit',
  help: 'What sealing (AES-128-GCM) and sendto() of the same packets costs in C, one thread, no WebRTC.',
  defaults: { listeners: 500, seconds: 10 },
  run,
};

async function run({ scope, listeners, seconds, progress }: ScenarioContext): Promise<SectionBody> {
  progress('compiling');
  const program = await LimitProgram.compile();
  if (!program) throw new Error('this machine has no C compiler with OpenSSL (cc, libssl-dev), which the limit needs');
  scope.use(program);
  const rows: string[][] = [];
  for (const profile of [SHORT_PACKETS, LONG_PACKETS]) {
    progress(`${profile.frameMs} ms packets, ${seconds} s`);
    const result = await program.measure(profile, listeners, seconds);
    rows.push([
      `${profile.payloadBytes} bytes each ${profile.frameMs} ms`,
      String(listeners),
      number(result.cpuMicrosPerPacket),
      number(result.sealMicrosPerPacket),
      percent(result.lossPercent),
    ]);
  }
  return {
    tables: [
      {
        caption: 'AES-128-GCM and sendto() in C, one thread',
        head: ['packets', 'sockets', 'CPU per packet, µs', 'of it sealing, µs', 'lost, %'],
        rows,
      },
    ],
    goals: [],
  };
}
