import process from 'node:process';
import { vi } from 'vitest';
import type { TestServer } from './server.js';

/** The environment of a server whose memory `bytesInUse` can tell. */
export const TELLING_MEMORY = { NODE_OPTIONS: `--import=${new URL('tell-memory.mjs', import.meta.url).href}` };

/**
 * What the server process holds, in bytes, once its garbage is collected: resident memory says when V8 last found it worth while
 * to tidy up.
 */
export async function bytesInUse(server: TestServer): Promise<number> {
  const answers = () => server.logs().flatMap((line) => /^bytes in use: (\d+)$/.exec(line)?.[1] ?? []);
  const before = answers().length;
  process.kill(server.pid, 'SIGPWR');
  return vi.waitFor(() => {
    const answer = answers()[before];
    if (answer === undefined) throw new Error('the server did not say what memory it uses');
    return Number(answer);
  });
}
