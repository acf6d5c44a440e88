import type { OfferedCandidate } from './sdp/reduced-offer.js';
import type { SlotPort } from './slot-port.js';
import type { WorkerSlot } from './worker-slot.js';

/** Where a new peer goes. */
export interface Placement<Slot = WorkerSlot> {
  readonly slot: Slot;
  readonly port: SlotPort;
}

/**
 * The port at which nobody sends from a source port that the offer names (see `HeldPorts`); among those, one of the least
 * loaded worker. Undefined while no worker is ready.
 */
export function choosePlacement<Slot extends Pick<WorkerSlot, 'ports' | 'load'>>(
  slots: readonly Slot[],
  candidates: readonly OfferedCandidate[],
): Placement<Slot> | undefined {
  return slots
    .flatMap((slot) => slot.ports.map((port) => ({ slot, port, conflict: port.conflict(candidates) })))
    .sort((a, b) => a.conflict - b.conflict || a.slot.load - b.slot.load || a.port.load - b.port.load)[0];
}
