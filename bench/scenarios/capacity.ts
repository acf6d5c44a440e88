import { count, number } from '../report/format.js';
import { figures, type Table } from '../report/results.js';
import { LONG_PACKETS, SHORT_PACKETS, type RelayRow } from './load-session.js';

const LISTENERS = 10_000;
const CORES = 4;

/**
 * What many more listeners than this machine can have would take, by what was measured.
 *
 * @param short of the most listeners, 20 ms packets
 * @param long 60 ms packets
 */
export function capacity(short: RelayRow, long: RelayRow): Table {
  const { joining } = short;
  const joinCores = joining.cpu.mainProcess + joining.cpu.workers;
  const joinMs = (joinCores * joining.cpu.seconds * 1_000) / Math.max(1, joining.outcomes.length);
  // At 20 ms by the cost of a packet in the largest crowd, at 60 ms by that of a listener-second, upkeep included.
  const shortCores = (LISTENERS * (1_000 / SHORT_PACKETS.frameMs) * short.cpuMicrosPerPacket) / 1e6;
  const longCores = (LISTENERS * long.cpuMicrosPerListenerSecond) / 1e6;
  const share = (cores: number) => `${number(cores)} = ${number((cores / CORES) * 100)} % of ${CORES}`;
  return figures(`${count(LISTENERS)} listeners on ${CORES} vCPU, by arithmetic from the rows above`, [
    ['packets a second that one thread sends', count(Math.round(1e6 / short.cpuMicrosPerPacket))],
    [`listeners of one thread, ${SHORT_PACKETS.frameMs} ms`, count(Math.round(LISTENERS / shortCores))],
    [`listeners of one thread, ${LONG_PACKETS.frameMs} ms`, count(Math.round(LISTENERS / longCores))],
    [`cores busy, ${SHORT_PACKETS.frameMs} ms packets`, share(shortCores)],
    [`cores busy, ${LONG_PACKETS.frameMs} ms packets`, share(longCores)],
    ['CPU of a join, ms', number(joinMs)],
    [`seconds until all have joined, all ${CORES} busy with it`, number((joinMs * LISTENERS) / CORES / 1_000)],
  ]);
}
