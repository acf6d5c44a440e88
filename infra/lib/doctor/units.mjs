import { assignments } from './parse.mjs';
import { bad, good, unknown } from './finding.mjs';

/**
 * Whether a unit starts at boot and runs now.
 *
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} name
 * @returns {Promise<import('./finding.mjs').Finding>} unknown where systemd does not run, but the unit is enabled
 */
export async function unitRuns(machine, name) {
  if (!machine.hasSystemd) {
    const { stdout } = await machine.run('systemctl', ['is-enabled', name]);
    const state = stdout.trim() || 'not there';
    if (state !== 'enabled') return bad(`${name} is ${state}`);
    return unknown(`${name} is enabled; systemd does not run here, so whether it is active cannot be told`);
  }
  const unit = await unitState(machine, name);
  const problems = [
    unit.get('LoadState') === 'loaded' ? undefined : `${name} is ${unit.get('LoadState') ?? 'not there'}`,
    unit.get('UnitFileState') === 'enabled' ? undefined : `${name} does not start at boot`,
    unit.get('ActiveState') === 'active' ? undefined : `${name} is ${unit.get('ActiveState') ?? 'not active'}`,
  ].filter(Boolean);
  return problems.length === 0 ? good(`${name} is enabled and active`) : bad(problems.join('; '));
}

/** Several at once: bad when any is, and names those alone. */
export async function unitsRun(machine, names) {
  const findings = await Promise.all(names.map((name) => unitRuns(machine, name)));
  for (const status of ['bad', 'unknown']) {
    const those = findings.filter((finding) => finding.status === status);
    if (those.length > 0) return { status, seen: those.map(({ seen }) => seen).join('; ') };
  }
  return good(`${names.join(', ')}: enabled and active`);
}

/** @returns {Promise<Map<string, string>>} properties as `systemctl show` has them */
export async function unitState(machine, name) {
  const wanted = 'LoadState,UnitFileState,ActiveState,LastTriggerUSec';
  const { stdout } = await machine.run('systemctl', ['show', name, `--property=${wanted}`]);
  return assignments(stdout);
}
