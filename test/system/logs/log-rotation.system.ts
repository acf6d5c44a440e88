import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, succeed } from '../support/machine.js';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.make();
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
});

describe('logrotate', () => {
  it('turns every log over, compresses, and keeps fourteen', async () => {
    const files = ['var/log/nginx/access.json', 'var/log/turnserver/turn.log', 'var/log/azaan/relay.log'];
    const logs = [...files, 'home/fillmasjid/.pm2/pm2.log'].map((log) => machine.path(log));
    const config = machine.path('etc/logrotate.d/azaan');
    for (const log of logs) await mkdir(join(log, '..'), { recursive: true });
    const rotated = async (log: string) =>
      (await succeed('sh', ['-c', `ls "$1".* 2>/dev/null || true`, 'sh', log])).split('\n').filter(Boolean);

    for (let day = 0; day < 17; day += 1) {
      for (const log of logs) await writeFile(log, `day ${day}\n`);
      await succeed('logrotate', ['-f', '-s', machine.path('state'), config]);
    }
    for (const log of logs) {
      const files = await rotated(log);
      expect(files.length, log).toBe(14);
      expect(files.filter((file) => file.endsWith('.gz')).length, log).toBeGreaterThanOrEqual(13);
      expect(await succeed('zcat', [`${log}.14.gz`]), log).toBe('day 3\n');
    }
  });

  it('leaves to packages what they rotate', async () => {
    const text = await readFile(machine.path('etc/logrotate.d/azaan'), 'utf8');
    expect(text).not.toMatch(/nginx\/\*\.log|letsencrypt/);
  });
});
