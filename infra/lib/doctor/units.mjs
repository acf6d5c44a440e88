import { unlessAny } from './finding.mjs';

/** @returns {Promise<Record<string, string>>} properties as `systemctl show` has them */
export async function unitState(machine, name) {
  const wanted = 'LoadState,UnitFileState,ActiveState,LastTriggerUSec';
  const lines = (await machine.output('systemctl', ['show', name, `--property=${wanted}`])).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/)));
}

/** Whether units start at boot and run now. @returns {Promise<import('./finding.mjs').Finding>} bad names those that do not */
export async function unitsRun(machine, ...names) {
  const states = await Promise.all(names.map((name) => unitState(machine, name)));
  const problems = states.flatMap(({ LoadState, UnitFileState, ActiveState }, index) => [
    LoadState !== 'loaded' && `${names[index]} is ${LoadState}`,
    UnitFileState !== 'enabled' && `${names[index]} does not start at boot`,
    ActiveState !== 'active' && `${names[index]} is ${ActiveState}`,
  ]);
  return unlessAny(problems, `${names.join(', ')}: enabled and active`);
}
