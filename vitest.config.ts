import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Real processes, sockets and browsers: most of the time of such a test is spent waiting. */
const realProcesses = {
  globalSetup: ['test/support/build.global.ts'],
  // Where nobody was promised how soon: other files keep the machine busy.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 10_000 } },
  maxWorkers: 3,
};

/**
 * Crowds and floods, which keep every core busy, or are about to count every packet, what has seconds to answer, and what
 * decodes sound as it comes: one by one, with nothing beside them.
 */
const CROWDS = {
  e2e: ['datagram-storm', 'flood-http', 'half-open', 'media-flood'].map((name) => `test/e2e/${name}.e2e.ts`),
  system: ['relay/flood', 'turn/strict-network', 'firewall/firewall', 'interop/interop', 'doctor', 'doctor-faults'].map(
    (name) => `test/system/${name}.system.ts`,
  ),
};

const BOOTS_MACHINES = /\/test\/system\/(?:go-live|init|upgrade)[\w-]*\.system\.ts$/;
/** Networks and relays that are away for as long as people meet it. */
const SLEEPS = /\/test\/e2e\/(?:address-change|consent|network-away|paused-relay|readiness|same-offer)\.e2e\.ts$/;

/**
 * What takes minutes comes first: begun last, it would be waited for alone. What sleeps is dealt out among what works, so that
 * the cores are never idle.
 */
class InTime extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const those = (names: RegExp) => sorted.filter(({ moduleId }) => names.test(moduleId));
    const [first, sleeping] = [those(BOOTS_MACHINES), those(SLEEPS)];
    const rest = those(/\/test\/e2e\//).filter(({ moduleId }) => !SLEEPS.test(moduleId));
    const dealt = rest.flatMap((file, index) => (index % 3 === 0 ? [...sleeping.splice(0, 1), file] : [file]));
    const placed = new Set([...first, ...dealt, ...sleeping]);
    return [...placed, ...sorted.filter((file) => !placed.has(file))];
  }
}

// Groups run one after the other. Decorator metadata, which Nest injects by, comes from tsconfig.json: Vite's transformer
// reads it there.
export default defineConfig({
  test: {
    sequence: { sequencer: InTime },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'bench/**/*.spec.ts', 'test/repo/**/*.spec.ts', 'test/pages/**/*.spec.js'],
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          exclude: CROWDS.e2e,
          // Two of which sleep.
          maxWorkers: 5,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'e2e-crowds',
          include: CROWDS.e2e,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'browser',
          include: ['test/browser/**/*.browser.ts'],
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'system',
          globalSetup: [...realProcesses.globalSetup, 'test/system/support/shared.global.ts'],
          include: ['test/system/**/*.system.ts'],
          exclude: CROWDS.system,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'system-crowds',
          include: CROWDS.system,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
