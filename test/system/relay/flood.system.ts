import { expect, it } from 'vitest';
import { percentile } from '../../../bench/measure/statistics.js';
import { bytesInUse, TELLING_MEMORY } from '../../support/bytes-in-use.js';
import { FLOODED_SERVER, floodFrom, linesSaying } from '../../support/flood.js';
import { RelayScene } from '../../support/relay-scene.js';

const WARM_UP_SECONDS = 5;
const FLOOD_SECONDS = 30;
const PACKETS_PER_SECOND = 1_000 / 60;
/** Some 300,000 calls come; were one small object of each to stay, it would be more. */
const MAX_GROWTH_BYTES = 20_000_000;

it('loses no packet, no join and no memory in half a minute of calls at full speed from one address', async () => {
  await using scene = await RelayScene.start({ ...FLOODED_SERVER, ...TELLING_MEMORY });
  // A young process still grows to the size of its work.
  await floodFrom(scene, '203.0.113.65', WARM_UP_SECONDS);
  const before = { bytes: await bytesInUse(scene.server), lines: scene.server.logs().length };
  const report = await floodFrom(scene, '203.0.113.66', FLOOD_SECONDS);
  const after = { bytes: await bytesInUse(scene.server), lines: scene.server.logs().length };

  const { 429: refused = 0, ...answered } = report.flood;
  const others = Object.values(answered).reduce((sum, count) => sum + count, 0);
  expect(refused, 'refused').toBeGreaterThan(others);
  expect(report.breaks.flat()).toEqual([]);
  expect(report.fewestPackets).toBeGreaterThan(FLOOD_SECONDS * PACKETS_PER_SECOND * 0.95);
  expect(percentile(report.joinsMs, 0.95)).toBeLessThan(1_000);
  expect(after.lines - before.lines, 'lines of a flood').toBeLessThan(others * 1.5);
  expect(after.bytes - before.bytes).toBeLessThan(MAX_GROWTH_BYTES);

  expect(linesSaying(scene, 'ban started')).toBeGreaterThan(0);
  await expect.poll(() => linesSaying(scene, 'ban ended'), { timeout: 5_000 }).toBe(linesSaying(scene, 'ban started'));
}, 120_000);
