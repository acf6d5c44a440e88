import { expect, it } from 'vitest';
import { percentile } from '../../bench/measure/statistics.js';
import { FLOODED_SERVER, floodFrom, linesSaying } from '../support/flood.js';
import { RelayScene } from '../support/relay-scene.js';

const FLOOD_SECONDS = 30;
const PACKETS_PER_SECOND = 1_000 / 60;

it('loses no packet, no join and no memory in half a minute of calls at full speed from one address', async () => {
  await using scene = await RelayScene.start(FLOODED_SERVER);
  const report = await floodFrom(scene, '203.0.113.66', FLOOD_SECONDS);

  const { 429: refused = 0, ...answered } = report.flood;
  const others = Object.values(answered).reduce((sum, count) => sum + count, 0);
  expect(refused, 'refused').toBeGreaterThan(others);
  expect(report.breaks.flat()).toEqual([]);
  expect(report.fewestPackets).toBeGreaterThan(FLOOD_SECONDS * PACKETS_PER_SECOND * 0.95);
  expect(percentile(report.joinsMs, 0.95)).toBeLessThan(1_000);
  expect(scene.server.logs().length, 'lines of a flood').toBeLessThan(others * 1.5);

  // A young process grows to the size that its work needs, and then stays there.
  const third = Math.floor(report.rssBytes.length / 3);
  const [middle, end] = [report.rssBytes.slice(third, 2 * third), report.rssBytes.slice(2 * third)];
  expect(Math.max(...end)).toBeLessThan(Math.max(...middle) * 1.05);

  expect(linesSaying(scene, 'ban started')).toBeGreaterThan(0);
  await expect.poll(() => linesSaying(scene, 'ban ended'), { timeout: 5_000 }).toBe(linesSaying(scene, 'ban started'));
}, 120_000);
