import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Daemon } from '../../support/daemon.js';
import { freePorts } from '../../support/loopback.js';
import { succeed } from './machine.js';

/** A kept fork of s3rver, which checks the signature (AWS v4) of every call, and keeps objects as files. */
const PACKAGE = '@20minutes/s3rver';
const VERSION = '5.0.0';
const SUFFIX = '._S3rver_object';
const MS_PER_DAY = 86_400_000;

export const BUCKET = 'azaan-logs';
export const KEY_ID = 'KEYOFTHELOGS';
export const KEY_SECRET = 'key-secret-+/=0123456789';

/** Storage that speaks S3 on loopback; objects outlive a stop and a start. */
export class S3 implements AsyncDisposable {
  private daemon: Daemon | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: string,
  ) {}

  static async install(): Promise<S3> {
    const folder = await mkdtemp(join(tmpdir(), 'azaan-s3-'));
    await succeed('npm', [
      ...['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', '--ignore-scripts'],
      `${PACKAGE}@${VERSION}`,
    ]);
    const [port = ''] = await freePorts(1);
    return new S3(folder, port);
  }

  /** Answers that send logs here. */
  get answers(): Readonly<Record<string, string>> {
    return {
      LOG_ARCHIVE_BUCKET: BUCKET,
      LOG_ARCHIVE_ENDPOINT: `http://127.0.0.1:${this.port}`,
      LOG_ARCHIVE_KEY_ID: KEY_ID,
      LOG_ARCHIVE_SECRET: KEY_SECRET,
    };
  }

  /** What it said since it was started. */
  get calls(): string {
    return this.daemon?.output ?? '';
  }

  async start(): Promise<void> {
    const server = join(import.meta.dirname, 's3-server.mjs');
    const command = [process.execPath, server, join(this.folder, 'node_modules', PACKAGE), this.data, this.port];
    this.daemon = await Daemon.start([...command, BUCKET, KEY_ID, KEY_SECRET], async ({ output }) =>
      output.includes('listening'),
    );
  }

  async stop(): Promise<void> {
    await this.daemon?.stop();
  }

  async empty(): Promise<void> {
    await rm(join(this.data, BUCKET), { recursive: true, force: true });
  }

  /** Names of all objects, sorted. */
  async objects(): Promise<string[]> {
    const entries = await readdir(join(this.data, BUCKET), { recursive: true }).catch(() => []);
    return entries
      .filter((entry) => entry.endsWith(SUFFIX))
      .map((entry) => entry.slice(0, -SUFFIX.length))
      .sort();
  }

  /** An object that somebody put there so long ago. */
  async put(object: string, { daysOld }: { readonly daysOld: number }): Promise<void> {
    const path = join(this.data, BUCKET, `${object}${SUFFIX}`);
    const at = new Date(Date.now() - daysOld * MS_PER_DAY);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    await utimes(path, at, at);
  }

  /** Has it fail to take this object: its place is taken. */
  async block(object: string): Promise<void> {
    await mkdir(join(this.data, BUCKET, `${object}${SUFFIX}`), { recursive: true });
  }

  read(object: string): Promise<Buffer> {
    return readFile(join(this.data, BUCKET, `${object}${SUFFIX}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }
}
