import { fileURLToPath } from 'node:url';
import { Daemon } from './daemon.js';
import { childrenOf } from './processes.js';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHOWN = /Listen +(http:\/\/127\.0\.0\.1:\d+)\/\?masjid=demo/;

/** `npm run demo` as a process, without npm. */
export class DemoProcess implements AsyncDisposable {
  private constructor(
    readonly daemon: Daemon,
    /** Of the server. */
    readonly url: string,
  ) {}

  /** Starts `dist/cli/demo.js`, built before by the test run; resolves once it shows its address. */
  static async start(port = 0): Promise<DemoProcess> {
    const command = [process.execPath, 'dist/cli/demo.js', '--port', String(port)];
    const options = { cwd: PACKAGE_ROOT, env: { PATH: process.env['PATH'] } };
    const daemon = await Daemon.start(command, ({ output }) => SHOWN.test(output), options);
    return new DemoProcess(daemon, SHOWN.exec(daemon.output)![1]!);
  }

  /** The server and its media workers. */
  descendants(): Promise<number[]> {
    return descendantsOf(this.daemon.pid);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.daemon.stop();
  }
}

async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}
