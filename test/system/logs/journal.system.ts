import { copyFile, readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Machine, succeed } from '../support/machine.js';

it('the journal takes a gigabyte and fourteen days at most, compressed, whatever else is configured', async () => {
  await using machine = await Machine.make();
  // The distribution's own file, all of whose lines are comments.
  await copyFile('/etc/systemd/journald.conf', machine.path('etc/systemd/journald.conf'));
  const text = await succeed('systemd-analyze', [`--root=${machine.root}`, 'cat-config', 'systemd/journald.conf']);
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  expect(lines).toEqual(expect.arrayContaining(['SystemMaxUse=1G', 'MaxRetentionSec=14day', 'Compress=yes']));
  // A name that journald does not know would be ignored, with a line in a log that nobody reads.
  const manual = await readFile('/etc/systemd/journald.conf', 'utf8');
  for (const line of lines) expect(manual).toContain(`#${line.split('=')[0]!}=`);
  expect(await readdir(machine.path('etc/systemd/journald.conf.d'))).toEqual(['azaan.conf']);
});
