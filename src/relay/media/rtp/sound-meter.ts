import { opusDurationSamples48k } from './opus-packet.js';
import type { RtpPacket } from './rtp-packet.js';

/** A room with somebody in it is louder, also to a poor microphone; a muted one sends -127. */
const SILENT_BELOW_DBOV = -60;
/** Opus spends less than this on nothing; what it spends on speech and song begins at about 6 kbit/s (RFC 6716, 2.1.1). */
const SILENT_BELOW_BITS_PER_SECOND = 4_000;
const SAMPLES_PER_SECOND = 48_000;

export interface SoundReading {
  /** Of the loudest packet since the last reading; undefined when none told its level. */
  readonly audioLevelDbov: number | undefined;
  /** Milliseconds since the last packet with sound in it; undefined while there was none. */
  readonly soundAgeMs: number | undefined;
  /** Whether sound is told from silence by the size of packets. */
  readonly levelEstimated: boolean;
}

/**
 * Whether there is sound in the packets of one sender, without decoding them: by the level that they carry (RFC 6464), or
 * by their size when the sender carries none. The size says nothing where a sender spends the same on everything (CBR):
 * such a sender is never called silent while its packets come.
 */
export class SoundMeter {
  private loudestDbov: number | undefined;
  private lastSoundAtMs: number | undefined;
  private tellsLevel = false;

  /** @param nowMs a monotonic clock */
  receive({ audioLevelDbov, payload }: RtpPacket, nowMs: number): void {
    if (audioLevelDbov === undefined) {
      if (!this.tellsLevel && sounds(payload)) this.lastSoundAtMs = nowMs;
      return;
    }
    this.tellsLevel = true;
    this.loudestDbov = Math.max(audioLevelDbov, this.loudestDbov ?? audioLevelDbov);
    if (audioLevelDbov >= SILENT_BELOW_DBOV) this.lastSoundAtMs = nowMs;
  }

  read(nowMs: number): SoundReading {
    const audioLevelDbov = this.loudestDbov;
    this.loudestDbov = undefined;
    return {
      audioLevelDbov,
      soundAgeMs: this.lastSoundAtMs === undefined ? undefined : Math.round(nowMs - this.lastSoundAtMs),
      levelEstimated: !this.tellsLevel,
    };
  }
}

function sounds(payload: Buffer): boolean {
  const samples = opusDurationSamples48k(payload);
  if (samples === undefined) return false;
  return (payload.length * 8 * SAMPLES_PER_SECOND) / samples >= SILENT_BELOW_BITS_PER_SECOND;
}
