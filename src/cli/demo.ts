import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { DemoIdentity } from './demo-identity.js';
import { FileBroadcaster, type FileBroadcastProgress } from './file-broadcaster.js';
import { LiveLine, clockTime } from './live-line.js';
import { BroadcastError } from './connect-peer.js';
import { runProgram } from './program.js';
import { describeFigures, readFigures } from './relay-figures.js';
import { ServerProcess, ServerProcessError } from './server-process.js';

const HELP = `Shows the relay at work: a server on this machine, a melody broadcast in a loop, and its figures.

  npm run demo [-- --port N]

  --port N   the port of the pages, or the next free one (default 3000; 0 lets the system choose)
  --help     this text

Ctrl-C stops everything.`;

const MASJID = 'demo';
const MELODY = join(import.meta.dirname, '../../assets/melody.opus');
const REFRESH_MS = 1_000;

/** @returns undefined when help is wanted @throws Error with one line that says what is wrong with the arguments */
function readPort(): number | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
    throw new Error(`--port ${values.port} is not a port.`);
  }
  return Number(values.port);
}

interface Tokens {
  readonly broadcaster: string;
  readonly admin: string;
}

const welcome = (url: string, tokens: Tokens): string => `
  Azaan relay is running, with a melody for the masjid "${MASJID}".

    Listen   ${styleText('bold', `${url}/?masjid=${MASJID}`)}

  Speak to its listeners yourself, and the melody gives way:

    ${url}/broadcaster?masjid=${MASJID}#token=${tokens.broadcaster}

  Watch the relay: open the page and paste this admin key, which holds for an hour.

    ${url}/admin
    ${tokens.admin}

  Ctrl-C stops everything.
`;

function describeMelody({ state, playedMs, totalMs, problem }: FileBroadcastProgress): string {
  if (state === 'ended') return 'no melody';
  if (state !== 'live') return problem === undefined ? state : `${state}: ${problem}`;
  return `${state} ${clockTime(playedMs)}/${clockTime(totalMs)}`;
}

/** Runs until something ends it: `stop`, or an error. */
async function demo(port: number, stop: AbortSignal): Promise<never> {
  const line = new LiveLine();
  const identity = new DemoIdentity();
  const token = (): Promise<string> => identity.broadcasterToken(MASJID);
  // The audit log is for servers that somebody operates.
  const onLine = (text: string): void => {
    if (!text.includes('"audit":true')) line.log(text);
  };
  const server = await ServerProcess.start({ port, environment: identity.environment(), onLine }, stop);
  const melody = new FileBroadcaster({ url: server.url, masjidId: MASJID, token, file: MELODY, loop: true });
  try {
    console.log(welcome(server.url, { broadcaster: await token(), admin: await identity.adminToken() }));
    return await Promise.race([play(melody, line), show(server.url, melody, line, stop), server.untilEnded()]);
  } catch (error) {
    // A server that ends breaks the broadcast too, and may be noticed second: its own reason is the one to tell.
    await Promise.race([server.untilEnded(), sleep(REFRESH_MS, undefined, { signal: stop })]);
    throw error;
  } finally {
    line.end();
    melody.stop();
    await server.stop();
  }
}

/** Never resolves: the server goes on when somebody has taken the broadcast over. */
async function play(melody: FileBroadcaster, line: LiveLine): Promise<never> {
  try {
    await melody.run();
  } catch (error) {
    const wasHeard = melody.progress().packetsSent > 0;
    if (!wasHeard || !(error instanceof BroadcastError)) throw error;
    line.log(error.message);
  }
  return new Promise<never>(() => undefined);
}

/** Shows the figures every second. @throws AbortError when `stop` is aborted */
async function show(url: string, melody: FileBroadcaster, line: LiveLine, stop: AbortSignal): Promise<never> {
  let before = await readFigures(url);
  for (;;) {
    await sleep(REFRESH_MS, undefined, { signal: stop });
    const now = await readFigures(url);
    stop.throwIfAborted();
    if (now === undefined) continue;
    line.update(`  ${describeMelody(melody.progress())} · ${describeFigures(now, before ?? now)}`);
    before = now;
  }
}

async function showDemo(port: number): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  try {
    return await demo(port, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (!(error instanceof ServerProcessError) && !(error instanceof BroadcastError)) throw error;
    console.error(error.message);
    return 1;
  }
}

// libdatachannel keeps handles open that nothing but the end of the process closes.
process.exit(await runProgram(HELP, readPort, showDemo));
