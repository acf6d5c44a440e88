import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const INFRA = fileURLToPath(new URL('../../../infra', import.meta.url));

const RUN_TIMEOUT_MS = 60_000;
/** What daemons expect to be there; packages make them on a real machine. */
const FOLDERS = ['run', 'var/log/nginx', 'var/lib/azaan/acme', 'etc/azaan/tls'];

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code. @throws when it cannot be started or does not end */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs = RUN_TIMEOUT_MS,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, ...env } };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`${program}: ${error.message}`));
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** As `run`. @throws when the exit code is not 0 */
export async function succeed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs = RUN_TIMEOUT_MS,
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, env, timeoutMs);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** The renderer, with these arguments. */
export function render(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [join(INFRA, 'render/render.mjs'), ...args]);
}

/** A folder that stands for the `/` of a server, with all of its configuration rendered from the example's answers. */
export class Machine implements AsyncDisposable {
  private constructor(
    readonly root: string,
    private answers: Readonly<Record<string, string>>,
  ) {}

  /** @param changes on top of the example's answers */
  static async make(changes: Readonly<Record<string, string>> = {}): Promise<Machine> {
    const root = await mkdtemp(join(tmpdir(), 'azaan-machine-'));
    // Daemons that give up root still look around in it.
    await chmod(root, 0o755);
    const machine = new Machine(root, { ROOT: root, ...changes });
    try {
      for (const folder of FOLDERS) await mkdir(machine.path(folder), { recursive: true });
      await machine.render();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  get answersFile(): string {
    return this.path('etc/azaan/azaan.env');
  }

  async render(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    this.answers = { ...this.answers, ...changes };
    await writeFile(this.answersFile, await answersWith(this.answers));
    const { code, stderr } = await render('--answers', this.answersFile);
    if (code !== 0) throw new Error(stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}

/** The example with these values in it, and behind it those that are the relay's own. @throws for a name that is no variable */
export async function answersWith(changes: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(join(INFRA, 'azaan.env.example'), 'utf8');
  const ofRelay = await readFile(join(INFRA, '../.env.example'), 'utf8');
  for (const [name, value] of Object.entries(changes)) {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (line.test(text)) text = text.replace(line, () => `${name}=${value}`);
    else if (line.test(ofRelay)) text += `${name}=${value}\n`;
    else throw new Error(`there is no variable ${name}`);
  }
  return text;
}
