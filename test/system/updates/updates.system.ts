import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INFRA, Machine, succeed } from '../support/machine.js';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.make();
  // What the package brings, which allows more than security updates.
  await copyFile('/etc/apt/apt.conf.d/50unattended-upgrades', apt('50unattended-upgrades'));
  // Of its own, and empty: nothing of this machine is upgraded, or looked at.
  await mkdir(machine.path('lists/partial'), { recursive: true });
  await writeFile(
    machine.path('apt.conf'),
    `Dir::Etc::Parts "${machine.path('etc/apt/apt.conf.d')}";\nDir::State::Lists "${machine.path('lists')}";\n`,
  );
});
afterAll(() => machine[Symbol.asyncDispose]());

const apt = (file: string) => machine.path('etc/apt/apt.conf.d', file);

async function settings(): Promise<string[]> {
  const dump = await succeed('apt-config', ['dump'], { APT_CONFIG: machine.path('apt.conf') });
  return dump.split('\n').filter((line) => /^(APT::Periodic|Unattended-Upgrade)::/.test(line));
}

describe('updates without anybody', () => {
  it('are security updates and nothing else, of Debian and of Ubuntu', async () => {
    const output = await succeed('unattended-upgrade', ['--dry-run', '--debug'], {
      APT_CONFIG: machine.path('apt.conf'),
    });
    const codename = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))![1]!;
    const allowed = /Allowed origins are: (.*)/.exec(output)![1]!.split(/, (?=origin=)/);
    expect(allowed).toEqual([
      `origin=Debian,codename=${codename}-security,label=Debian-Security`,
      `origin=Ubuntu,archive=${codename}-security,label=Ubuntu`,
      `origin=UbuntuESM,archive=${codename}-infra-security,label=UbuntuESM`,
      `origin=UbuntuESMApps,archive=${codename}-apps-security,label=UbuntuESMApps`,
    ]);
    expect((await settings()).filter((line) => line.includes('Allowed-Origins'))).toEqual([]);
  });

  it('are looked for and made every day', async () => {
    for (const name of ['Update-Package-Lists', 'Unattended-Upgrade']) {
      expect(await settings()).toContain(`APT::Periodic::${name} "1";`);
    }
  });

  it('never reboot, unless an hour was chosen', async () => {
    expect(await settings()).toContain('Unattended-Upgrade::Automatic-Reboot "false";');
    await machine.render({ REBOOT_AT: '01:30' });
    expect(await settings()).toContain('Unattended-Upgrade::Automatic-Reboot "true";');
    expect(await settings()).toContain('Unattended-Upgrade::Automatic-Reboot-Time "01:30";');
    await expect(machine.render({ REBOOT_AT: '25:00' })).rejects.toThrow('REBOOT_AT must be an hour and a minute');
  });

  it('restart neither the relay nor coturn when a library was replaced', async () => {
    const file = machine.path('etc/needrestart/conf.d/azaan.conf');
    const program = 'our %nrconf; eval do { local(@ARGV, $/) = shift; <> }; die $@ if $@; '.concat(
      'for my $unit (@ARGV) { for (keys %{$nrconf{override_rc}}) { print "$unit\\n" if $unit =~ /$_/ && !$nrconf{override_rc}{$_} } }',
    );
    const units = ['pm2-fillmasjid.service', 'coturn.service', 'nginx.service', 'ssh.service'];
    const kept = await succeed('perl', ['-e', program, file, ...units]);
    expect(kept.trim().split('\n')).toEqual(['pm2-fillmasjid.service', 'coturn.service']);
  });
});

describe('what is told of updates', () => {
  it('is when they were looked for, and since when a reboot is waited for', async () => {
    const metrics = async () => {
      const env = { AZAAN_ANSWERS: machine.answersFile, TEXTFILE_DIRECTORY: machine.root };
      await succeed(join(INFRA, 'parts/updates/metrics'), [], env);
      const text = await readFile(machine.path('updates.prom'), 'utf8');
      return text.split('\n').filter((line) => line.startsWith('azaan_'));
    };
    expect(await metrics()).toEqual([
      'azaan_updates_last_run_timestamp_seconds 0',
      'azaan_reboot_required_timestamp_seconds 0',
    ]);
    await mkdir(machine.path('var/lib/apt/periodic'), { recursive: true });
    for (const [file, seconds] of [
      ['var/lib/apt/periodic/unattended-upgrades-stamp', 1_700_000_000],
      ['run/reboot-required', 1_700_000_060],
    ] as const) {
      await writeFile(machine.path(file), '');
      await utimes(machine.path(file), seconds, seconds);
    }
    expect(await metrics()).toEqual([
      'azaan_updates_last_run_timestamp_seconds 1700000000',
      'azaan_reboot_required_timestamp_seconds 1700000060',
    ]);
  });
});
