// What programs print, as values. Each takes the whole text.

/** /proc/stat: part of the time since the machine started in which its processors worked, 0 to 1. */
export function processorLoad(text) {
  const times = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? '').split(/\s+/).map(Number);
  const [idle = NaN, waiting = 0] = times.slice(3);
  // Time of guests is counted in the first two already.
  const total = times.slice(0, 8).reduce((sum, time) => sum + time, 0);
  return 1 - (idle + waiting) / total;
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

/** `apt-get --simulate upgrade`. @returns {{ name: string, security: boolean }[]} what it would install */
export function upgrades(text) {
  return [...text.matchAll(/^Inst (\S+) (.*)$/gm)].map(([, name, rest]) => ({
    name,
    security: /-security\b|Debian-Security/i.test(rest),
  }));
}

/** `pm2 jlist`, which may print notices before the list. @returns {object[]} */
export function pm2Apps(text) {
  const line = text.split('\n').findLast((each) => /^\[(\{|\])/.test(each));
  return line === undefined ? [] : JSON.parse(line);
}

/** Prometheus' text format. @returns {Map<string, number>} by name with labels, such as `a{b="c"}` */
export function metrics(text) {
  return new Map([...text.matchAll(/^([a-z_:][^ \n]*) (\S+)$/gim)].map(([, name, value]) => [name, Number(value)]));
}

/** Alertmanager's configuration. @returns {string[]} what a receiver writes by, such as telegram */
export function alertChannels(text, name) {
  // A word that is quoted is the same; intervals of time have names too, and stand after the receivers.
  const [own = ''] = text.split(/^ *- name: /m).filter((part) => part.split('\n')[0].replaceAll(/["']/g, '') === name);
  return [...own.matchAll(/^\s+(\w+)_configs:/gm)].map(([, channel]) => channel);
}
