import { defineConfig } from 'vitest/config';

/** Real processes, sockets and browsers on a small machine. */
const realProcesses = {
  globalSetup: ['test/support/build.global.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** Crowds and floods, which keep every core busy: one file at a time, with nothing beside it. */
const CROWDS = ['flood-http', 'half-open', 'media-flood', 'relay-renewal'].map((name) => `test/e2e/${name}.e2e.ts`);
const SYSTEM_CROWDS = ['relay/flood', 'turn/strict-network'].map((name) => `test/system/${name}.system.ts`);

// Projects run one after the other. Decorator metadata, which Nest injects by, comes from tsconfig.json: Vite's transformer
// reads it there.
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
        test: {
          ...realProcesses,
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          exclude: CROWDS,
          // Most of their time is spent waiting.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'e2e-crowds',
          include: CROWDS,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'browser',
          include: ['test/browser/**/*.browser.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'system',
          globalSetup: [...realProcesses.globalSetup, 'test/system/support/shared.global.ts'],
          include: ['test/system/**/*.system.ts'],
          exclude: SYSTEM_CROWDS,
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          ...realProcesses,
          name: 'system-crowds',
          include: SYSTEM_CROWDS,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
