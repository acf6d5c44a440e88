import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Machine } from '../support/machine.js';

describe('the kernel settings', () => {
  it('are ones that the kernel has', async () => {
    await using machine = await Machine.make();
    const text = await readFile(machine.path('etc/sysctl.d/60-azaan.conf'), 'utf8');
    const names = [...text.matchAll(/^([a-z0-9_.]+) = \d+(?:-\d+)?$/gm)].map(([, name]) => name!);
    expect(names.length).toBe(text.split('\n').filter((line) => line.includes(' = ')).length);
    // A container hides some that are the whole machine's: these are written as Linux has them.
    const hidden = ['wmem_max', 'rmem_max', 'wmem_default', 'rmem_default', 'netdev_max_backlog'];
    const missing = await Promise.all(
      names.map((name) =>
        access(`/proc/sys/${name.replaceAll('.', '/')}`).then(
          () => [],
          () => [name],
        ),
      ),
    );
    expect(missing.flat().filter((name) => !hidden.some((core) => name === `net.core.${core}`))).toEqual([]);
  });
});
