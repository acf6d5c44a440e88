import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Parsers {
  assignments(text: string): Map<string, string>;
  memory(text: string): { totalBytes: number; availableBytes: number };
  processorLoad(text: string): number;
  diskSpace(text: string): { sizeBytes: number; availableBytes: number };
  sockets(text: string): readonly Record<string, unknown>[];
  ufwStatus(text: string): Record<string, unknown>;
  upgrades(text: string): readonly { name: string; security: boolean }[];
  installedPackages(text: string): Set<string>;
  aptValues(text: string, name: string): readonly string[];
  sshdSettings(text: string): Map<string, string>;
  jails(text: string): readonly string[];
  pm2Apps(text: string): readonly Record<string, unknown>[];
  directives(text: string, name: string): readonly string[];
  plainMetrics(text: string): Map<string, number>;
  alertChannels(text: string): Map<string, readonly string[]>;
}

const parse = (await import(join(import.meta.dirname, '../../infra/lib/doctor/parse.mjs'))) as Parsers;

describe('the doctor reads', () => {
  it('/etc/os-release with and without quotes', () => {
    const release = parse.assignments('NAME="Ubuntu"\nVERSION_ID=\'22.04\'\nID=ubuntu\n# a comment\n');
    expect(Object.fromEntries(release)).toEqual({ NAME: 'Ubuntu', VERSION_ID: '22.04', ID: 'ubuntu' });
  });

  it('memory in bytes, and none where there is no such line', () => {
    expect(parse.memory('MemTotal:  100 kB\nMemFree: 1 kB\nMemAvailable:   40 kB\n')).toEqual({
      totalBytes: 102_400,
      availableBytes: 40_960,
    });
    expect(parse.memory('').totalBytes).toBeNaN();
  });

  it('the load of all processors together, waiting for the disk counted as idle, guests not counted twice', () => {
    expect(parse.processorLoad('cpu  50 10 10 20 10 0 0 0 50 0\ncpu0 9 9 9 9 9 9 9 9 9 9\n')).toBeCloseTo(0.7);
    expect(parse.processorLoad('')).toBeNaN();
  });

  it('the last line of df', () => {
    expect(parse.diskSpace('  1B-blocks   Avail\n  1000 400\n')).toEqual({ sizeBytes: 1_000, availableBytes: 400 });
  });

  it('sockets of ss: IPv4, IPv6, all addresses, interfaces, several owners, none', () => {
    const text = [
      'tcp   LISTEN 0      511          0.0.0.0:443       0.0.0.0:*    users:(("nginx",pid=12,fd=6),("nginx",pid=11,fd=6))',
      'tcp   LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=1,fd=4))   ',
      'tcp   LISTEN 0      128                *:9090            *:*',
      'udp   UNCONN 0      0      10.0.0.5%eth0:68        0.0.0.0:*    users:(("systemd-network",pid=7,fd=9))',
      '',
    ].join('\n');
    expect(parse.sockets(text)).toEqual([
      { protocol: 'tcp', address: '0.0.0.0', port: 443, programs: ['nginx'] },
      { protocol: 'tcp', address: '::', port: 22, programs: ['sshd'] },
      { protocol: 'tcp', address: '*', port: 9_090, programs: [] },
      { protocol: 'udp', address: '10.0.0.5', port: 68, programs: ['systemd-network'] },
    ]);
  });

  it('the state of ufw', () => {
    const text = 'Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\n';
    expect(parse.ufwStatus(text)).toEqual({ active: true, incoming: 'deny', outgoing: 'allow' });
    expect(parse.ufwStatus('Status: inactive\n')).toMatchObject({ active: false });
  });

  it('which upgrades wait, and which of them are for security, on Ubuntu and on Debian', () => {
    const text = [
      'Inst libssl3 [3.0.2-0ubuntu1.18] (3.0.2-0ubuntu1.19 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])',
      'Inst tzdata [2024a] (2025a Ubuntu:22.04/jammy-updates [all])',
      'Inst openssl [3.0.15-1] (3.0.16-1 Debian-Security:12/stable-security [amd64])',
      'Conf openssl (3.0.16-1 Debian-Security:12/stable-security [amd64])',
    ].join('\n');
    expect(parse.upgrades(text)).toEqual([
      { name: 'libssl3', security: true },
      { name: 'tzdata', security: false },
      { name: 'openssl', security: true },
    ]);
  });

  it('installed packages, without those that were removed', () => {
    expect([...parse.installedPackages('nginx installed\nufw config-files\njq not-installed\n')]).toEqual(['nginx']);
  });

  it('values of apt-config, single and in lists', () => {
    const text = 'A::B "1";\nA::BC "9";\nL "";\nL:: "x";\nL:: "y z";\n';
    expect(parse.aptValues(text, 'A::B')).toEqual(['1']);
    expect(parse.aptValues(text, 'L')).toEqual(['x', 'y z']);
    expect(parse.aptValues(text, 'M')).toEqual([]);
  });

  it('settings of sshd, the first of each', () => {
    const settings = parse.sshdSettings('port 22\nhostkey /a\nhostkey /b\npermitrootlogin no\n');
    expect([settings.get('hostkey'), settings.get('permitrootlogin')]).toEqual(['/a', 'no']);
  });

  it('jails of fail2ban', () => {
    expect(parse.jails('Status\n|- Number of jail:\t2\n`- Jail list:\tazaan-auth, sshd\n')).toEqual([
      'azaan-auth',
      'sshd',
    ]);
    expect(parse.jails('Status\n`- Jail list:\t\n')).toEqual([]);
  });

  it('apps of PM2 behind its notices', () => {
    expect(parse.pm2Apps('>>>> In-memory PM2 is out-of-date, do:\n[PM2] hello\n[{"name":"a"}]\n')).toEqual([
      { name: 'a' },
    ]);
    expect(parse.pm2Apps('[]\n')).toEqual([]);
    expect(parse.pm2Apps('')).toEqual([]);
  });

  it('directives of nginx: nested, in one line, over several lines, not in comments', () => {
    const text = '# gzip off;\nhttp {\n  gzip on;\n  server { limit_req zone=a; }\n  gzip_types a/b\n    c/d;\n}\n';
    expect(parse.directives(text, 'gzip')).toEqual(['on']);
    expect(parse.directives(text, 'limit_req')).toEqual(['zone=a']);
    expect(parse.directives(text, 'gzip_types')).toEqual(['a/b c/d']);
  });

  it('by what each receiver of Alertmanager writes, as its interface tells', () => {
    const text = [
      'route:',
      '  receiver: notice',
      'receivers:',
      '- name: page',
      '  email_configs:',
      '  - send_resolved: true',
      '    html: \'{{ template "email.default.html" . }}\'',
      '  slack_configs:',
      '  - http_config:',
      '      follow_redirects: true',
      '- name: notice',
      '- name: watchdog',
      '  webhook_configs:',
      '  - url: http://127.0.0.1:9/',
      'templates: []',
      'time_intervals:',
      '- name: page',
    ].join('\n');
    const wanted = { page: ['email', 'slack'], notice: [], watchdog: ['webhook'] };
    expect(Object.fromEntries(parse.alertChannels(text))).toEqual(wanted);
    expect(parse.alertChannels('').size).toBe(0);
  });

  it('metrics without labels', () => {
    expect([...parse.plainMetrics('# HELP a b\na_total 3\nb{x="y"} 4\nc 1.5e9\n')]).toEqual([
      ['a_total', 3],
      ['c', 1.5e9],
    ]);
  });
});
