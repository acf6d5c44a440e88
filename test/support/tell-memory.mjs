import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// For servers under test: at SIGPWR, which they have no use for, they say what they hold once all garbage is gone.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

process.on('SIGPWR', () => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  process.stderr.write(`bytes in use: ${heapUsed + external}\n`);
});
