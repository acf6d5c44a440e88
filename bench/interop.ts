import { INTEROP_HELP, readInteropOptions } from './interop/interop-options.js';
import { install, missingPackages } from './interop/installation.js';
import { runInNamespace } from './interop/namespace.js';

/** `npm run interop`: other people's WebRTC against the relay. What is missing is installed here, where there is a network. */

const args = process.argv.slice(2);
try {
  const options = readInteropOptions(args);
  if (options === undefined) {
    console.log(INTEROP_HELP);
  } else {
    const missing = [...new Set(options.clients.flatMap(missingPackages))];
    if (options.install && missing.length > 0) install(missing);
    process.exitCode = await runInNamespace('calls', args);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
