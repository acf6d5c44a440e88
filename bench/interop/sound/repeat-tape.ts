import type { OpusPacket } from '../../../src/cli/ogg-opus.js';

const SAMPLES_PER_MS = 48;

/**
 * Plays a tape over and over in real time, on an absolute schedule: a late packet does not delay the next.
 *
 * @returns what stops it
 */
export function repeatTape(tape: readonly OpusPacket[], send: (packet: OpusPacket) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let index = 0;
  let dueMs = performance.now();
  const sendNext = (): void => {
    const packet = tape[index++ % tape.length];
    if (packet === undefined) return;
    send(packet);
    dueMs += packet.durationSamples48k / SAMPLES_PER_MS;
    timer = setTimeout(sendNext, Math.max(0, dueMs - performance.now()));
  };
  sendNext();
  return () => clearTimeout(timer);
}
