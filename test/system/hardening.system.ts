import { access, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INFRA, Machine, run, succeed } from './support/machine.js';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.make();
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
});

describe('sshd', () => {
  it('takes keys only, whatever the cloud image brought', async () => {
    const folder = machine.path('etc/ssh/sshd_config.d');
    await writeFile(join(folder, '50-cloud-init.conf'), 'PasswordAuthentication yes\nPermitRootLogin yes\n');
    const key = machine.path('host-key');
    await succeed('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const config = machine.path('etc/ssh/sshd_config');
    // As Debian's begins, and as it goes on.
    await writeFile(config, `Include ${folder}/*.conf\nPasswordAuthentication yes\nHostKey ${key}\n`);
    await mkdir('/run/sshd', { recursive: true });
    const effective = await succeed('/usr/sbin/sshd', ['-T', '-f', config]);
    for (const line of [
      ...[
        'passwordauthentication no',
        'kbdinteractiveauthentication no',
        'permitrootlogin no',
        'permitemptypasswords no',
      ],
      ...['pubkeyauthentication yes', 'maxauthtries 3', 'logingracetime 30', 'x11forwarding no'],
    ]) {
      expect(effective.split('\n')).toContain(line);
    }
  });

  it('is not shut while nobody has a key', async () => {
    const homes = machine.path('homes');
    const home = join(homes, (await succeed('getent', ['passwd', 'daemon'])).split(':')[5]!);
    await mkdir(join(home, '.ssh'), { recursive: true });
    // A user that every system has is the one who may use sudo.
    const bin = machine.path('bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'getent'),
      '#!/bin/sh\n[ "$1" = group ] && exec echo sudo:x:27:root,daemon\n/usr/bin/getent "$@" | sed "s#/usr/sbin/nologin#/bin/sh#"\n',
      { mode: 0o755 },
    );
    const guard = () =>
      run(join(INFRA, 'parts/ssh/check-access'), [], { HOMES: homes, PATH: `${bin}:${process.env['PATH']!}` });

    expect((await guard()).code).toBe(1);
    await writeFile(join(home, '.ssh/authorized_keys'), '# ssh-ed25519 AAAA a comment\n');
    expect((await guard()).stderr).toContain('daemon: no key');
    await cp(machine.path('host-key.pub'), join(home, '.ssh/authorized_keys'));
    expect(await guard()).toMatchObject({ code: 0, stdout: 'daemon can log in with a key\n' });
  });
});

describe('the kernel settings', () => {
  it('are ones that the kernel has', async () => {
    const text = await readFile(machine.path('etc/sysctl.d/60-azaan.conf'), 'utf8');
    const names = [...text.matchAll(/^([a-z0-9_.]+) = [\d-]+$/gm)].map(([, name]) => name!);
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
