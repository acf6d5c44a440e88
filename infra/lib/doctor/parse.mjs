// What programs print, as values. Each takes the whole text.

/** `NAME=value` lines with shell quotes, such as /etc/os-release. @returns {Map<string, string>} */
export function assignments(text) {
  const pairs = [...text.matchAll(/^([A-Za-z_]\w*)=(.*)$/gm)];
  return new Map(pairs.map(([, name, value]) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]));
}

/** /proc/meminfo. @returns {{ totalBytes: number, availableBytes: number }} */
export function memory(text) {
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN) * 1_024;
  return { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
}

/** /proc/stat: part of the time since the machine started in which its processors worked, 0 to 1. */
export function processorLoad(text) {
  const times = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? '').split(/\s+/).map(Number);
  const [idle = NaN, waiting = 0] = times.slice(3);
  // Time of guests is counted in the first two already.
  const total = times.slice(0, 8).reduce((sum, time) => sum + time, 0);
  return 1 - (idle + waiting) / total;
}

/** `df -B1 --output=size,avail`. @returns {{ sizeBytes: number, availableBytes: number }} of the last line */
export function diskSpace(text) {
  const [sizeBytes = NaN, availableBytes = NaN] = text.trim().split('\n').at(-1).trim().split(/\s+/).map(Number);
  return { sizeBytes, availableBytes };
}

/**
 * `ss -H -lntup`.
 *
 * @returns {{ protocol: string, address: string, port: number, programs: string[] }[]}
 */
export function sockets(text) {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([protocol]) => protocol === 'tcp' || protocol === 'udp')
    .map(([protocol, , , , local = '', , ...rest]) => {
      const colon = local.lastIndexOf(':');
      const owners = [...rest.join(' ').matchAll(/\("([^"]*)",pid=/g)];
      return {
        protocol,
        address: local
          .slice(0, colon)
          .replace(/%.*$/, '')
          .replace(/^\[(.*)\]$/, '$1'),
        port: Number(local.slice(colon + 1)),
        programs: [...new Set(owners.map(([, program]) => program))],
      };
    });
}

/** `ufw status verbose`. @returns {{ active: boolean, incoming?: string, outgoing?: string }} */
export function ufwStatus(text) {
  const [, incoming, outgoing] = /^Default: (\w+) \(incoming\), (\w+) \(outgoing\)/m.exec(text) ?? [];
  return { active: /^Status: active$/m.test(text), incoming, outgoing };
}

/** `apt-get --simulate upgrade`. @returns {{ name: string, security: boolean }[]} what it would install */
export function upgrades(text) {
  return [...text.matchAll(/^Inst (\S+) (.*)$/gm)].map(([, name, rest]) => ({
    name,
    security: /-security\b|Debian-Security/i.test(rest),
  }));
}

/** `dpkg-query -W -f '${Package} ${db:Status-Status}\n'`. @returns {Set<string>} what is installed */
export function installedPackages(text) {
  const lines = text.split('\n').map((line) => line.split(' '));
  return new Set(lines.filter(([, status]) => status === 'installed').map(([name]) => name));
}

/** `apt-config dump`: the values of a name, which may be a list. @returns {string[]} */
export function aptValues(text, name) {
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.')}(?:::[^ ]*)? "(.*)";$`, 'gm');
  return [...text.matchAll(pattern)].map(([, value]) => value).filter((value) => value !== '');
}

/** `sshd -T`: the first value of each name. @returns {Map<string, string>} */
export function sshdSettings(text) {
  const pairs = text.split('\n').map((line) => /^(\S+) (.*)$/.exec(line));
  return new Map(
    pairs
      .filter((pair) => pair !== null)
      .map(([, name, value]) => [name, value])
      .reverse(),
  );
}

/** `fail2ban-client status`. @returns {string[]} */
export function jails(text) {
  return (/Jail list:\s*(.*)$/m.exec(text)?.[1] ?? '').split(/,\s*/).filter(Boolean);
}

/** `pm2 jlist`, which may print notices before the list. @returns {object[]} */
export function pm2Apps(text) {
  const line = text.split('\n').findLast((each) => /^\[(\{|\])/.test(each));
  return line === undefined ? [] : JSON.parse(line);
}

/** `nginx -T`: the values of a directive, wherever it stands. @returns {string[]} */
export function directives(text, name) {
  const pattern = new RegExp(`(?:^|[{;])[ \\t]*${name}\\s+([^;{}]*);`, 'gm');
  return [...text.replaceAll(/^\s*#.*$/gm, '').matchAll(pattern)].map(([, value]) => value.replaceAll(/\s+/g, ' '));
}

/** Metrics in Prometheus' text format without labels. @returns {Map<string, number>} */
export function plainMetrics(text) {
  return new Map([...text.matchAll(/^([a-z_:][\w:]*) (\S+)$/gim)].map(([, name, value]) => [name, Number(value)]));
}

/** Alertmanager's configuration: what each receiver writes by. @returns {Map<string, string[]>} such as page: [telegram] */
export function alertChannels(text) {
  const [, list = ''] = /^receivers:\n((?:[ -].*\n?)*)/m.exec(text) ?? [];
  const receivers = list.split(/^ *- name: /m).slice(1);
  return new Map(
    receivers.map((receiver) => [
      receiver.split('\n')[0].replaceAll(/["']/g, ''),
      [...receiver.matchAll(/^\s+(\w+)_configs:/gm)].map(([, channel]) => channel),
    ]),
  );
}
