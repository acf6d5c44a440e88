const SEQUENCE_NUMBERS = 0x10000;
const HALF = SEQUENCE_NUMBERS / 2;

/**
 * The index (ROC and sequence number, 48 bits) that a packet most likely has, RFC 3711 section 3.3.1 and appendix A: the one
 * nearest to the newest. Whether it is right is told by the authentication.
 *
 * @param newest index that was authentic; -1 before the first, which has ROC 0
 */
export function estimateIndex(newest: number, sequenceNumber: number): number {
  if (newest < 0) return sequenceNumber;
  const index = newest - (newest % SEQUENCE_NUMBERS) + sequenceNumber;
  if (newest - index > HALF) return index + SEQUENCE_NUMBERS;
  // No packet came before ROC 0.
  return index - newest > HALF && index >= SEQUENCE_NUMBERS ? index - SEQUENCE_NUMBERS : index;
}
