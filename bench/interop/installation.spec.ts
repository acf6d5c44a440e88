import { expect, it } from 'vitest';
import { missingPackages } from './installation.js';

it('names the packages whose file is not there, wherever it may lie', () => {
  const requirements = [
    { file: process.execPath, package: 'node' },
    { file: '/proc/*/status', package: 'linux' },
    { file: '/proc/*/no-such-file', package: 'none-such' },
  ];
  expect(missingPackages({ requirements })).toEqual(['none-such']);
});
