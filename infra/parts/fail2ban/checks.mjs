import { bad, good } from '../../lib/doctor/finding.mjs';

const JAILS = ['sshd', 'azaan-auth', 'azaan-limit', 'azaan-malformed'];

async function bans(machine) {
  const { code, stdout, stderr } = await machine.run('fail2ban-client', ['status']);
  if (code !== 0) return bad(stderr.trim().replace(/^.*ERROR\s+/s, '') || 'fail2ban does not answer');
  const active = /Jail list:\s*(.*)$/m.exec(stdout)?.[1].split(/,\s*/) ?? [];
  const missing = JAILS.filter((jail) => !active.includes(jail));
  return missing.length === 0 ? good(active.join(', ')) : bad(`no jail ${missing.join(', ')}`);
}

/** @type {readonly import('../../lib/doctor/examine.mjs').Check[]} */
export const CHECKS = [{ id: '14-fail2ban', title: 'fail2ban watches SSH and nginx', root: true, look: bans }];
