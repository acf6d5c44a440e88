import { describe, expect, it } from 'vitest';
import { PeerWatch } from './peer-watch.js';

const limits = { connectTimeoutMs: 15_000, silenceTimeoutMs: 10_000 };

function connectedAt(nowMs: number): PeerWatch {
  const watch = new PeerWatch(limits, 0);
  watch.check('connected', nowMs);
  return watch;
}

describe('PeerWatch', () => {
  it('says once that a peer connected', () => {
    const watch = new PeerWatch(limits, 0);
    expect(watch.check('connecting', 100)).toEqual({ kind: 'pending' });
    expect(watch.isConnected).toBe(false);
    expect(watch.check('connected', 200)).toEqual({ kind: 'connected' });
    expect(watch.isConnected).toBe(true);
    expect(watch.check('connected', 300)).toEqual({ kind: 'alive' });
  });

  it('gives up on a peer that never connects', () => {
    const watch = new PeerWatch(limits, 0);
    expect(watch.check('connecting', 15_000)).toEqual({ kind: 'pending' });
    expect(watch.check('connecting', 15_001)).toEqual({ kind: 'over', reason: 'connect_timeout' });
  });

  it('lets go of a peer that fell silent', () => {
    const watch = connectedAt(1_000);
    watch.heard(5_000, false);
    expect(watch.check('connected', 15_000)).toEqual({ kind: 'alive' });
    expect(watch.check('connected', 15_001)).toEqual({ kind: 'over', reason: 'silent' });
  });

  it('lets go of a peer that was never heard after it connected', () => {
    expect(connectedAt(1_000).check('connected', 11_001)).toEqual({ kind: 'over', reason: 'silent' });
  });

  it.each([
    ['that reports lost packets', 5_000, true],
    ['whose own reports get lost', 10_500, false],
  ])('leaves a peer %s to ICE', (_name, heardAtMs, reportsLoss) => {
    const watch = connectedAt(1_000);
    watch.heard(heardAtMs, reportsLoss);
    expect(watch.check('connected', heardAtMs + 25_000)).toEqual({ kind: 'alive' });
    expect(watch.check('failed', heardAtMs + 30_000)).toEqual({ kind: 'over', reason: 'failed' });
  });

  it('tells a goodbye from a failure', () => {
    expect(connectedAt(0).check('closed', 1)).toEqual({ kind: 'over', reason: 'left' });
    expect(connectedAt(0).check('failed', 1)).toEqual({ kind: 'over', reason: 'failed' });
    expect(new PeerWatch(limits, 0).check('closed', 1)).toEqual({ kind: 'over', reason: 'failed' });
  });
});
