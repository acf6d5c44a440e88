import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unreachable, type System } from './base-system.js';
import { bootBare, call, init, minded, NOTHING_TO_CHANGE, putRelease } from './init-server.js';
import { INFRA } from './machine.js';
import { Vm } from './vm.js';

const BOOT_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 900_000;

/**
 * `infra/init.sh` on another system than the Debian 12 of its other tests; where the archive of that one does not answer, it is
 * said that it was not tried.
 */
export async function tryOn(system: System, name: string): Promise<void> {
  const why = await unreachable(system);
  const told = `infra/init.sh was not tried on ${name}: ${why}\n`;
  if (why !== undefined && process.env['SYSTEMS_REQUIRED'] === '1') throw new Error(told);
  if (why !== undefined) process.stderr.write(told);

  describe.runIf(why === undefined)(`infra/init.sh on a bare ${name}`, { timeout: RUN_TIMEOUT_MS }, () => {
    let vm: Vm;

    beforeAll(async () => {
      vm = await bootBare(system);
      await putRelease(vm, Vm.checkout);
    }, BOOT_TIMEOUT_MS);
    afterAll(() => vm[Symbol.asyncDispose](), 60_000);

    it('makes it the server in one run', async () => {
      const { code, stdout } = await init(vm);
      expect(code, stdout).toBe(0);
      const [summary = 'no summary'] = /^\d+ changes, \d+ min \d+ s\.$/m.exec(stdout) ?? [];
      expect(summary).not.toBe('no summary');
      process.stdout.write(`infra/init.sh on ${name}: ${summary}\n`);
    });

    it('ends with the relay answering through nginx over TLS, and no unit that failed', async () => {
      expect(await call(vm, '/healthz')).toMatchObject({ code: 0, stdout: '{"status":"ok"}' });
      expect((await vm.run('systemctl --failed --quiet --no-legend')).stdout).toBe('');
      const daemons =
        'nginx coturn pm2-fillmasjid prometheus{,-alertmanager,-blackbox-exporter,-node-exporter} fail2ban ssh';
      const restarts = await vm.succeed(`bash -c 'systemctl show --property Restart --value ${daemons}'`);
      expect(restarts.match(/\S+/g)).toHaveLength(9);
      expect(restarts).not.toMatch(/^no$/m);
    });

    it('ends with TURN open on every way that apps are told of, and internal addresses refused', async () => {
      const file = vm.path('root/ice-servers.json');
      await writeFile(file, (await call(vm, '/ice-servers')).stdout);
      const check = [process.execPath, join(INFRA, 'parts/turn/check.mjs'), '--ice-servers', file];
      const trust = { NODE_EXTRA_CA_CERTS: vm.path('root/pebble/root.pem') };
      const { code, stdout } = await vm.network.run('client', check, trust);
      expect(stdout).toMatch(/turn:.*transport=udp/);
      expect(stdout).toMatch(/turns:.*:443/);
      expect(code, stdout).toBe(0);
    });

    it('changes nothing when it is run again', async () => {
      expect((await init(vm)).stdout).toMatch(NOTHING_TO_CHANGE);
    });

    it('satisfies the doctor, but for what this machine cannot have', async () => {
      // Prometheus has asked everyone by then, and the timers have run.
      await expect.poll(() => minded(vm), { timeout: 240_000, interval: 5_000 }).toEqual([]);
    });
  });
}
