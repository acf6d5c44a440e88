import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TONE_HZ } from '../sound/tone-meter.js';
import { BidiSession } from './bidi.js';
import { BrowserPeer, type DrivenPage } from './browser-peer.js';
import type { Client } from './client.js';

const PROGRAM = '/usr/bin/firefox-esr';
const START_TIMEOUT_MS = 60_000;
const LISTENING = /^WebDriver BiDi listening on (ws:\S+)$/;

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.navigator.audio.fake_frequency': TONE_HZ,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.enabled': false,
};

/** Driven by WebDriver BiDi, which it speaks as it comes. Its microphone is a tone of its own making. */
export const firefox: Client = {
  name: 'firefox',
  title: 'Firefox ESR',
  requirements: [{ file: PROGRAM, package: 'firefox-esr' }],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: async (settings) => new BrowserPeer(await FirefoxPage.open(settings.url), settings),
};

interface Evaluation {
  readonly type: 'success' | 'exception';
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
}

class FirefoxPage implements DrivenPage {
  version = '–';
  private session!: BidiSession;
  private context!: string;

  private readonly killAll = (): void => {
    const { pid } = this.child;
    if (pid !== undefined && this.isRunning) process.kill(-pid, 'SIGKILL');
  };

  private constructor(private readonly child: ChildProcess) {
    process.prependOnceListener('exit', this.killAll);
  }

  static async open(url: string): Promise<FirefoxPage> {
    const profile = await mkdtemp(join(tmpdir(), 'firefox-'));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(profile, 'user.js'), lines.join(''));
    const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
    const child = spawn(PROGRAM, args, {
      // A group of its own: it has many processes, which end with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    });
    const page = new FirefoxPage(child);
    try {
      await page.start(url);
    } catch (error) {
      await page.close();
      throw error;
    }
    return page;
  }

  async run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result> {
    const { type, result, exceptionDetails } = await this.session.command<Evaluation>('script.callFunction', {
      functionDeclaration: `async (args) => JSON.stringify(await (${work.toString()})(...JSON.parse(args))) ?? 'null'`,
      arguments: [{ type: 'string', value: JSON.stringify(args) }],
      target: { context: this.context },
      awaitPromise: true,
    });
    if (type === 'exception') throw new Error(exceptionDetails?.text);
    return JSON.parse(result?.value ?? 'null') as Result;
  }

  async close(): Promise<void> {
    const ended = this.isRunning ? once(this.child, 'exit') : undefined;
    this.killAll();
    await ended;
    process.off('exit', this.killAll);
  }

  private get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  private async start(url: string): Promise<void> {
    this.session = await BidiSession.connect(`${await this.address()}/session`);
    const { capabilities } = await this.session.command<{ capabilities: { browserVersion: string } }>('session.new', {
      capabilities: {},
    });
    this.version = capabilities.browserVersion;
    const { contexts } = await this.session.command<{ contexts: { context: string }[] }>('browsingContext.getTree', {});
    this.context = contexts[0]?.context ?? '';
    await this.session.command('browsingContext.navigate', {
      context: this.context,
      url: `${url}/healthz`,
      wait: 'complete',
    });
  }

  private async address(): Promise<string> {
    const { stderr } = this.child;
    if (stderr === null) throw new Error('no standard error');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it did not start')), START_TIMEOUT_MS);
      this.child.once('exit', () => reject(new Error('it ended as it started')));
      createInterface(stderr).on('line', (line) => {
        const [, address] = LISTENING.exec(line) ?? [];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    });
  }
}
