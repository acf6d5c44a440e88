import { readProbe, type Probe } from '../probe-payload.js';

/** Some seconds of packets: later than that none comes. */
const REMEMBERED = 512;

/** What the payloads of a broadcast say, by RTP timestamp, which is the same for all who hear one worker. */
export class KnownProbes {
  private readonly probes = new Map<number, Probe | undefined>();

  knows(timestamp: number): boolean {
    return this.probes.has(timestamp);
  }

  /** Undefined also for audio without a probe. */
  at(timestamp: number): Probe | undefined {
    return this.probes.get(timestamp);
  }

  learn(timestamp: number, payload: Buffer): void {
    this.probes.set(timestamp, readProbe(payload));
    const [oldest] = this.probes.keys();
    if (this.probes.size > REMEMBERED && oldest !== undefined) this.probes.delete(oldest);
  }
}
