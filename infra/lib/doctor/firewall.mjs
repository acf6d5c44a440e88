import { join } from 'node:path';
import { INFRA } from './machine.mjs';
import { ufwStatus } from './parse.mjs';

/** As `ufw status verbose` has it. */
export const firewallStatus = (machine) =>
  machine.once('ufw', async () => ufwStatus((await machine.run('ufw', ['status', 'verbose'])).stdout));

/** @returns {Promise<string | undefined>} what is not as the answers have it, or off; undefined when nothing is */
export const firewallDiffers = (machine) =>
  machine.once('firewall', async () => {
    machine.answer('ADMIN_CIDRS');
    const env = { AZAAN_ANSWERS: machine.answersFile };
    const { code, stdout, stderr } = await machine.run(join(INFRA, 'parts/firewall/apply'), ['--check'], { env });
    return code === 0 ? undefined : (stdout || stderr).trim();
  });
