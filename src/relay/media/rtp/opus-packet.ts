/** Frame durations at 48 kHz by the configuration number of the TOC byte (RFC 6716, 3.1, table 2). */
function frameSamples48k(config: number): number {
  const step = config & 3;
  // SILK: 10, 20, 40 or 60 ms; hybrid: 10 or 20 ms; CELT: 2.5, 5, 10 or 20 ms.
  if (config < 12) return [480, 960, 1_920, 2_880][step] ?? 0;
  if (config < 16) return (config & 1) === 0 ? 480 : 960;
  return 120 << step;
}

/** 120 ms, the longest that a packet may last (RFC 6716, 3.2, R5). */
const MAX_PACKET_SAMPLES_48K = 5_760;

/**
 * How long one Opus packet lasts, in samples at 48 kHz, by its TOC byte and frame count (RFC 6716, 3.1 and 3.2).
 * Undefined when it is no Opus packet.
 */
export function opusDurationSamples48k(packet: Buffer): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const frames = frameCount(toc, packet);
  const samples = frames * frameSamples48k(toc >> 3);
  return frames > 0 && samples <= MAX_PACKET_SAMPLES_48K ? samples : undefined;
}

function frameCount(toc: number, packet: Buffer): number {
  const code = toc & 3;
  if (code === 0) return 1;
  if (code < 3) return 2;
  return (packet[1] ?? 0) & 0x3f;
}
