import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { certificateOf, collect, fakePm2 } from './textfiles.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'textfiles-'));
});
afterEach(() => rm(folder, { recursive: true }));

const samples = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

it('tells restarts and state of every app, and nothing of its environment', async () => {
  const env = { JWT_KEYS: 'secret' };
  const pm2 = await fakePm2(folder, [
    { name: 'azaan-server', pm2_env: { restart_time: 3, status: 'online', env } },
    { name: 'other', pm2_env: { restart_time: 1, status: 'errored', env } },
    { name: 'other', pm2_env: { restart_time: 2, status: 'online', env } },
  ]);
  const text = await collect('pm2', folder, { PM2: pm2 });
  expect(samples(text)).toEqual([
    'azaan_pm2_restarts_total{app="azaan-server"} 3',
    'azaan_pm2_restarts_total{app="other"} 3',
    'azaan_pm2_online{app="azaan-server"} 1',
    'azaan_pm2_online{app="other"} 1',
  ]);
  expect(text).not.toContain('secret');
});

it('keeps what it told before when PM2 does not answer, so that its age shows', async () => {
  await writeFile(join(folder, 'pm2.prom'), 'azaan_pm2_restarts_total{app="azaan-server"} 3\n');
  await expect(collect('pm2', folder, { PM2: 'false' })).rejects.toThrow();
  expect(await readFile(join(folder, 'pm2.prom'), 'utf8')).toContain('} 3');
  expect(await readdir(folder)).toEqual(['pm2.prom']);
});

it('tells from when until when each certificate is valid, by the name that certbot gives it', async () => {
  const text = await collect('certificates', folder, {
    CERTIFICATES: await certificateOf('azaan.example.org', folder),
  });
  const value = (metric: string) =>
    Number(new RegExp(`^${metric}\\{name="azaan.example.org"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  const notBefore = value('azaan_certificate_not_before_seconds');
  const notAfter = value('azaan_certificate_not_after_seconds');
  expect(notAfter - notBefore).toBe(45 * 86_400);
  expect(Math.abs(notBefore - Date.now() / 1_000)).toBeLessThan(60);
});
