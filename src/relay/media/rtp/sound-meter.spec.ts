import { describe, expect, it } from 'vitest';
import type { RtpPacket } from './rtp-packet.js';
import { SoundMeter } from './sound-meter.js';

/** 60 ms in one SILK frame, as browsers send it when asked for long packets. */
const TOC_60_MS = 11 << 3;

function packet(bytes: number, audioLevelDbov?: number): RtpPacket {
  const payload = Buffer.alloc(bytes, 0xaa);
  payload.writeUInt8(TOC_60_MS, 0);
  return { payloadType: 111, marker: false, sequenceNumber: 1, timestamp: 1, ssrc: 1, payload, audioLevelDbov };
}

describe('SoundMeter', () => {
  it('knows of no sound before the first packet', () => {
    expect(new SoundMeter().read(5_000)).toEqual({
      audioLevelDbov: undefined,
      soundAgeMs: undefined,
      levelEstimated: true,
    });
  });

  it('tells the loudest packet since the last reading', () => {
    const meter = new SoundMeter();
    for (const level of [-50, -20, -35]) meter.receive(packet(150, level), 0);
    expect(meter.read(0).audioLevelDbov).toBe(-20);
    meter.receive(packet(150, -40), 60);
    expect(meter.read(100).audioLevelDbov).toBe(-40);
    expect(meter.read(1_100).audioLevelDbov).toBeUndefined();
  });

  it('takes quiet speech for sound, and what a muted microphone sends for silence', () => {
    const meter = new SoundMeter();
    meter.receive(packet(150, -60), 1_000);
    meter.receive(packet(150, -61), 1_060);
    meter.receive(packet(150, -127), 1_120);
    expect(meter.read(2_000)).toEqual({ audioLevelDbov: -60, soundAgeMs: 1_000, levelEstimated: false });
  });

  it('hears no sound where there are no packets', () => {
    const meter = new SoundMeter();
    meter.receive(packet(150, -20), 1_000);
    expect(meter.read(61_000).soundAgeMs).toBe(60_000);
  });

  it('goes by the size of packets where none tells its level', () => {
    const meter = new SoundMeter();
    meter.receive(packet(130), 1_000);
    // 3 bytes say "nothing is sent" (RFC 6716, 3.1), 20 bytes are an encoder with nothing to do.
    meter.receive(packet(3), 2_000);
    meter.receive(packet(20), 3_000);
    expect(meter.read(4_000)).toEqual({ audioLevelDbov: undefined, soundAgeMs: 3_000, levelEstimated: true });
  });

  it('believes the level over the size', () => {
    const meter = new SoundMeter();
    meter.receive(packet(200, -127), 1_000);
    meter.receive(packet(200), 1_060);
    expect(meter.read(2_000)).toEqual({ audioLevelDbov: -127, soundAgeMs: undefined, levelEstimated: false });
  });

  it('takes what is no Opus packet for silence', () => {
    const meter = new SoundMeter();
    // Code 3 with a frame count of 0 (RFC 6716, 3.2.5).
    const { payload, ...rest } = packet(200);
    payload.writeUInt8(TOC_60_MS | 3, 0);
    payload.writeUInt8(0, 1);
    meter.receive({ payload, ...rest }, 1_000);
    expect(meter.read(1_000).soundAgeMs).toBeUndefined();
  });
});
