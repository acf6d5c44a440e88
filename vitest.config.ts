import { defineConfig } from 'vitest/config';

/** Real processes, sockets and browsers on a small machine: one file at a time, after the unit tests. */
const realProcesses = {
  globalSetup: ['test/support/build.global.ts'],
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

// Decorator metadata, which Nest injects by, comes from tsconfig.json: Vite's transformer reads it there.
export default defineConfig({
  test: {
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
        test: { ...realProcesses, name: 'e2e', include: ['test/e2e/**/*.e2e.ts'], sequence: { groupOrder: 1 } },
      },
      {
        test: {
          ...realProcesses,
          name: 'browser',
          include: ['test/browser/**/*.browser.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'system',
          include: ['test/system/**/*.system.ts'],
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
