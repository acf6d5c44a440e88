import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Parsers {
  processorLoad(text: string): number;
  sockets(text: string): readonly Record<string, unknown>[];
  upgrades(text: string): readonly { name: string; security: boolean }[];
  pm2Apps(text: string): readonly Record<string, unknown>[];
  metrics(text: string): Map<string, number>;
  alertChannels(text: string, name: string): readonly string[];
}

const parse = (await import(join(import.meta.dirname, '../../infra/lib/doctor/parse.mjs'))) as Parsers;

describe('the doctor reads', () => {
  it('the load of all processors together, waiting for the disk counted as idle, guests not counted twice', () => {
    expect(parse.processorLoad('cpu  50 10 10 20 10 0 0 0 50 0\ncpu0 9 9 9 9 9 9 9 9 9 9\n')).toBeCloseTo(0.7);
    expect(parse.processorLoad('')).toBeNaN();
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

  it('apps of PM2 behind its notices', () => {
    expect(parse.pm2Apps('>>>> In-memory PM2 is out-of-date, do:\n[PM2] hello\n[{"name":"a"}]\n')).toEqual([
      { name: 'a' },
    ]);
    expect(parse.pm2Apps('[]\n')).toEqual([]);
    expect(parse.pm2Apps('')).toEqual([]);
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
    expect(parse.alertChannels(text, 'page')).toEqual(['email', 'slack']);
    expect(parse.alertChannels(text, 'notice')).toEqual([]);
    expect(parse.alertChannels(text, 'watchdog')).toEqual(['webhook']);
    expect(parse.alertChannels('', 'page')).toEqual([]);
  });

  it('metrics, with their labels', () => {
    expect([...parse.metrics('# HELP a b\na_total 3\nb{x="y-z"} 4\nc 1.5e9\n')]).toEqual([
      ['a_total', 3],
      ['b{x="y-z"}', 4],
      ['c', 1.5e9],
    ]);
  });
});
