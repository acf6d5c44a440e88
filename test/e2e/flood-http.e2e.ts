import { expect, it } from 'vitest';
import { percentile } from '../../bench/measure/statistics.js';
import { FLOODED_SERVER, floodFrom, linesSaying } from '../support/flood.js';
import { RelayScene } from '../support/relay-scene.js';

const FLOOD_SECONDS = 4;
const PACKETS_PER_SECOND = 1_000 / 60;
const ATTACKER = '203.0.113.66';

it('carries a broadcast whole, and lets others join, while one address calls as fast as it can', async () => {
  await using scene = await RelayScene.start(FLOODED_SERVER);
  const report = await floodFrom(scene, ATTACKER, FLOOD_SECONDS);

  const statuses = Object.keys(report.flood);
  expect(statuses.filter((status) => !['200', '400', '401', '429', '503'].includes(status))).toEqual([]);
  expect(report.flood['429'], 'refused').toBeGreaterThan(0);
  expect(report.breaks.flat()).toEqual([]);
  expect(report.fewestPackets).toBeGreaterThan(FLOOD_SECONDS * PACKETS_PER_SECOND * 0.9);
  expect(percentile(report.joinsMs, 0.95)).toBeLessThan(1_000);

  expect(linesSaying(scene, 'ban started')).toBeGreaterThan(0);
  await expect.poll(() => linesSaying(scene, 'ban ended'), { timeout: 5_000 }).toBe(linesSaying(scene, 'ban started'));
});
