import { addressAt } from '../native/memory.js';
import { RTP_HEADER_BYTES } from './wire.js';

/** A place in shared memory for one packet. */
export interface Slot {
  /** In `arenaBytes`, a multiple of 64. */
  readonly offset: number;
  readonly header: bigint;
  readonly body: bigint;
}

const slots = new Map<number, Slot>();

/** The same one each time, so that its addresses are made once: offsets are those of the sockets' batches, thousands at most. */
export function slotAt(offset: number): Slot {
  let slot = slots.get(offset);
  if (slot === undefined) {
    slot = { offset, header: addressAt(offset), body: addressAt(offset + RTP_HEADER_BYTES) };
    slots.set(offset, slot);
  }
  return slot;
}
