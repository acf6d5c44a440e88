import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `pm2 jlist` tells of one process, as far as it matters here. */
export interface Pm2Process {
  readonly name: string;
  readonly pm2_env: {
    readonly restart_time: number;
    readonly status: 'online' | 'errored' | 'stopped';
    readonly env: Readonly<Record<string, string>>;
  };
}

/** A command that answers as PM2 does, with a notice before the list. */
export async function fakePm2(folder: string, processes: readonly Pm2Process[]): Promise<string> {
  const path = join(folder, 'fake-pm2');
  const lines = ['#!/bin/sh', `cat <<'LIST'`, '[PM2] Spawning PM2 daemon', JSON.stringify(processes), 'LIST', ''];
  await writeFile(path, lines.join('\n'), { mode: 0o755 });
  return path;
}
