import { describe, expect, it } from 'vitest';
import { findings } from '../../public/pages/admin/findings.js';

const broadcast = (changes) => ({ masjidId: 'noor', state: 'live', silentForSeconds: 0, lossPercent: 0, ...changes });
const worker = (changes) => ({ index: 0, ready: true, ...changes });
const status = (changes = {}) => ({ activeBroadcasts: [], mediaWorkers: [worker()], draining: false, ...changes });
const keys = (found) => found.map(({ key }) => key.replace('admin.finding.', ''));

describe('what needs attention', () => {
  it('is nothing while broadcasts sound, workers run and parts are up', () => {
    const well = status({ activeBroadcasts: [broadcast({ silentForSeconds: 9, lossPercent: 5 })] });
    expect(findings(well, { turn: { status: 'up' } })).toEqual([]);
  });

  it.each([
    ['silent', { silentForSeconds: 10 }],
    ['unheard', { state: 'connecting', silentForSeconds: 20 }],
    ['interrupted', { state: 'interrupted', silentForSeconds: 60 }],
    ['loss', { lossPercent: 5.1 }],
  ])('is a broadcast that is in the state "%s", by its masjid', (finding, changes) => {
    const found = findings(status({ activeBroadcasts: [broadcast(changes)] }), {});
    expect(found).toEqual([{ key: `admin.finding.${finding}`, masjid: 'noor' }]);
  });

  it('is not a broadcast that has yet to begin, nor one of which little is known', () => {
    const young = broadcast({ state: 'connecting', silentForSeconds: 19 });
    expect(findings(status({ activeBroadcasts: [young, broadcast({ lossPercent: null })] }), {})).toEqual([]);
  });

  it('is a worker that is being replaced, told once', () => {
    const parts = { media_workers: { status: 'down' }, media_ports: { status: 'down' }, memory: { status: 'down' } };
    const found = findings(status({ mediaWorkers: [worker(), worker({ index: 1, ready: false })] }), parts);
    expect(found).toEqual([
      { key: 'admin.finding.worker', worker: 1 },
      { key: 'admin.finding.part', part: 'memory' },
    ]);
  });

  it('is maintenance, and not that the server takes nothing new for it', () => {
    expect(keys(findings(status({ draining: true }), { accepting: { status: 'down' } }))).toEqual(['draining']);
    expect(keys(findings(status(), { accepting: { status: 'down' } }))).toEqual(['part']);
  });

  it('is that joins fail, which the count since the start of the server does not show', () => {
    expect(findings(status(), {}, true)).toEqual([{ key: 'admin.finding.joins' }]);
  });

  it('has broadcasts first', () => {
    const bad = status({
      activeBroadcasts: [broadcast({ state: 'interrupted' })],
      mediaWorkers: [worker({ ready: false })],
      draining: true,
    });
    const found = findings(bad, { turn: { status: 'down' } }, true);
    expect(keys(found)).toEqual(['interrupted', 'joins', 'worker', 'part', 'draining']);
  });
});
