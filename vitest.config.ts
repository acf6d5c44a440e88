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

const TAKES_LONG = [
  /\/test\/system\/(?:go-live|init|upgrade)[\w-]*\.system\.ts$/,
  /\/test\/e2e\/(?:address-change|network-away|paused-relay|readiness)\.e2e\.ts$/,
];

/** What takes long comes first: begun last, it would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFirst = ({ moduleId }: TestSpecification) => TAKES_LONG.some((files) => files.test(moduleId));
    const sorted = await super.sort(files);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

// Groups run one after the other. Decorator metadata, which Nest injects by, comes from tsconfig.json: Vite's transformer
// reads it there.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          // They wait even more than the others.
          maxWorkers: 4,
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
