import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INFRA, renderExample, run } from './support/machine.js';

/** Of systemd's 0 to 10, where a service without any sandbox has 9.6: what `systemd-analyze` calls OK. */
const MAX_EXPOSURE = 3;
const RELEASE = 'opt/azaan-relay/current';

let root: string;
let units: string[];

/** A `/` that has the rendered units, those that they wait for, and the programs that they start. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'azaan-units-'));
  await renderExample(root);
  // Without what is dropped in beside the units of packages.
  units = (await readdir(join(root, 'etc/systemd/system'))).filter((name) => !name.endsWith('.d'));

  const ofPackages = 'usr/lib/systemd/system';
  await cp(`/${ofPackages}`, join(root, ofPackages), { recursive: true, verbatimSymlinks: true });
  await symlink('usr/lib', join(root, 'lib'));
  await mkdir(dirname(join(root, RELEASE)), { recursive: true });
  await cp(INFRA, join(root, RELEASE, 'infra'), { recursive: true });
  for (const unit of units) {
    const text = await readFile(join(root, 'etc/systemd/system', unit), 'utf8');
    // Programs of packages: that they are there is the packages' business.
    for (const [, program] of text.matchAll(/^Exec\w+=[-@:+!]*(\/usr\/\S+)/gm)) {
      await mkdir(dirname(join(root, program!)), { recursive: true });
      await writeFile(join(root, program!), '', { mode: 0o755 });
    }
  }
});
afterAll(() => rm(root, { recursive: true }));

const analyze = (...args: string[]) => run('systemd-analyze', [...args, `--root=${root}`]);

describe('the rendered units', () => {
  it('are understood by systemd to the last word, and start programs that are there', async () => {
    expect(units).toEqual(expect.arrayContaining(['azaan-textfile.timer', 'pm2-fillmasjid.service']));
    const paths = units.map((unit) => join(root, 'etc/systemd/system', unit));
    expect(await analyze('verify', '--man=no', ...paths)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('are found wanting when a word is misspelt or a program is missing', async () => {
    const bad = join(root, 'etc/systemd/system/bad.service');
    await writeFile(bad, `[Service]\nNoNewPrivilege=yes\nExecStart=/${RELEASE}/infra/nothing\n`);
    const { code, stderr } = await analyze('verify', '--man=no', bad);
    await rm(bad);
    expect(code).not.toBe(0);
    expect(stderr).toContain('NoNewPrivilege');
    expect(stderr).toContain('infra/nothing is not executable');
  });

  it('give their services no more of the machine than they need', async () => {
    for (const unit of units.filter((each) => each.endsWith('.service'))) {
      const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
      const { code, stdout } = await analyze('security', '--offline=true', '--no-pager', threshold, unit);
      expect(code, stdout).toBe(0);
    }
  });

  it('wait longer for the relay than PM2 does, and keep it when the kernel kills a media worker', async () => {
    const text = await readFile(join(root, 'etc/systemd/system/pm2-fillmasjid.service'), 'utf8');
    const ecosystem = await readFile(join(INFRA, '../ecosystem.config.js'), 'utf8');
    const killTimeoutMs = Number(/kill_timeout: (\d+)_000/.exec(ecosystem)![1]) * 1_000;
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)![1]) * 1_000).toBeGreaterThan(killTimeoutMs + 5_000);
    expect(text).toMatch(/^OOMPolicy=continue$/m);
  });
});
