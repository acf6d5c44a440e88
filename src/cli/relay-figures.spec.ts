import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { end, listen } from '../../test/support/loopback.js';
import { describeFigures, readFigures } from './relay-figures.js';

const METRICS = `# HELP azaan_listeners_active Listeners of all broadcasts
# TYPE azaan_listeners_active gauge
azaan_listeners_active 2
azaan_media_workers_ready 1
azaan_rtp_packets_total{direction="in"} 50
azaan_rtp_packets_total{direction="out"} 1e+2
`;

describe('readFigures', () => {
  it('finds its series in the Prometheus text', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/metrics' ? 200 : 404;
      response.end(METRICS);
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    expect(await readFigures(url)).toMatchObject({ listeners: 2, workers: 1, packetsIn: 50, packetsOut: 100 });
    await end(server);
    expect(await readFigures(url)).toBeUndefined();
  });
});

describe('describeFigures', () => {
  const before = { listeners: 0, workers: 1, packetsIn: 50, packetsOut: 100, atMs: 1_000 };

  it('tells rates since the reading before', () => {
    const now = { listeners: 2, workers: 1, packetsIn: 83, packetsOut: 165, atMs: 3_000 };
    expect(describeFigures(now, before)).toBe('2 listeners · packets/s 16.5 in, 32.5 out · 1 worker');
  });

  it('tells no rate of a first reading', () => {
    expect(describeFigures(before, before)).toContain('packets/s 0.0 in, 0.0 out');
  });
});
