import type { PacketProfile } from '../load/load-protocol.js';
import { wrtcRelay } from '../subjects/relay-subject.js';
import { LoadSession, type Measurement, type RelayRow } from './load-session.js';
import type { ScenarioContext } from './scenario.js';

const STEPS = [10, 20, 40, 60, 80, 100, 120, 160];
const PROBE_SECONDS = 5;
/** A relay that decodes drops audio by not making packets: both that and gaps count as loss. */
const MAX_LOSS_PERCENT = 0.1;
const MIN_DELIVERED = 0.995;

export interface WrtcResult {
  readonly row: RelayRow;
  /** Whether the next step lost packets, so that the row is the most it can carry. */
  readonly reachedLimit: boolean;
}

/** Raises the load until packets are lost, and returns what was measured one step below. */
export async function measureWrtcAtItsBest(
  context: ScenarioContext,
  profile: PacketProfile,
  joinsAtOnce: number,
): Promise<WrtcResult> {
  const most = await findMost(context, profile, joinsAtOnce);
  const row = await LoadSession.measureOnce(context, wrtcRelay, profile, most, joinsAtOnce);
  return { row, reachedLimit: most !== STEPS.at(-1) };
}

async function findMost(context: ScenarioContext, profile: PacketProfile, joinsAtOnce: number): Promise<number> {
  const session = await LoadSession.start(context, wrtcRelay, profile, Math.max(...STEPS));
  let most = 0;
  for (const step of STEPS) {
    await session.join(step - session.fleet.size, joinsAtOnce);
    if (session.fleet.size < step) break;
    if (!carriesAll(await session.measure(PROBE_SECONDS))) break;
    most = step;
  }
  await session.close();
  if (most === 0) throw new Error(`the wrtc relay loses packets with ${STEPS[0] ?? 0} listeners: is the machine busy?`);
  return most;
}

function carriesAll({ lossPercent, window, sent, listeners }: Measurement): boolean {
  return lossPercent <= MAX_LOSS_PERCENT && window.deaf === 0 && window.received >= sent * listeners * MIN_DELIVERED;
}
