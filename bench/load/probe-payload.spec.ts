import { describe, expect, it } from 'vitest';
import { MIN_PROBE_BYTES, readProbe, writeProbe } from './probe-payload.js';

describe('probe payload', () => {
  it('carries number and time through a packet', () => {
    const payload = Buffer.alloc(MIN_PROBE_BYTES);
    writeProbe(payload, 60, { counter: 4_000_000_000, sentAtMs: 1234.5 });
    expect(readProbe(payload)).toEqual({ counter: 4_000_000_000, sentAtMs: 1234.5 });
  });

  it('is not seen in audio that was encoded anew', () => {
    expect(readProbe(Buffer.alloc(72, 0x5a))).toBeUndefined();
  });
});
