import { parseArgs } from 'node:util';
import { tokenFromEnvironment } from './environment.js';
import { FileBroadcaster, type FileBroadcastProgress } from './file-broadcaster.js';
import { LiveLine, clockTime, progressBar } from './live-line.js';
import { OpusFileError } from './ogg-opus.js';
import { BroadcastError } from './connect-peer.js';
import { runProgram } from './program.js';

const HELP = `Broadcasts an Ogg Opus file to everyone who listens to a masjid.

  npm run broadcast -- --file azaan.opus --masjid ID [options]

  --file PATH     an Ogg Opus file; its packets are sent as they are, in real time
  --masjid ID     the masjid that listeners join (their connectionID)
  --url URL       the server (default http://127.0.0.1:3000)
  --token TOKEN   a broadcaster token; better in the environment as AZAAN_TOKEN, where other users cannot see it
  --loop          begin anew at the end, until Ctrl-C
  --help          this text

When the connection is lost it is made again, and the file goes on where it was.
Exit code: 0 played or stopped, 1 the file or the server refused, 2 wrong arguments.
For a file that sounds well and costs little: opusenc --bitrate 24 --framesize 60 --downmix-mono in.wav out.opus`;

const REFRESH_MS = 250;

interface Arguments {
  readonly file: string;
  readonly masjidId: string;
  readonly url: string;
  readonly token: () => Promise<string | undefined>;
  readonly loop: boolean;
}

/** @returns undefined when help is wanted @throws Error with one line that says what is wrong with the arguments */
function readArguments(): Arguments | undefined {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      masjid: { type: 'string' },
      url: { type: 'string', default: 'http://127.0.0.1:3000' },
      token: { type: 'string' },
      loop: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { file, masjid: masjidId, url, loop } = values;
  if (file === undefined || file === '') throw new Error('--file is missing.');
  if (masjidId === undefined || masjidId === '') throw new Error('--masjid is missing.');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new Error(`--url ${url} is not an http or https URL.`);
  const token = values.token ?? tokenFromEnvironment();
  return { file, masjidId, url, loop, token: () => Promise.resolve(token) };
}

function describe({ state, playedMs, totalMs, rounds, problem }: FileBroadcastProgress, masjidId: string): string {
  const played = `${progressBar(totalMs === 0 ? 0 : playedMs / totalMs)} ${clockTime(playedMs)} / ${clockTime(totalMs)}`;
  const round = rounds === 0 ? '' : `  round ${rounds + 1}`;
  return `${masjidId}  ${played}${round}  ${state}${problem === undefined ? '' : `: ${problem}`}`;
}

async function broadcast(options: Arguments): Promise<number> {
  const broadcaster = new FileBroadcaster(options);
  const { masjidId } = options;
  const line = new LiveLine();
  const show = (): void => line.update(describe(broadcaster.progress(), masjidId));
  const refresh = setInterval(show, REFRESH_MS);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => broadcaster.stop());
  try {
    await broadcaster.run();
    show();
    line.end();
    console.log(broadcaster.stopped ? 'Stopped.' : 'Played to the end.');
    return 0;
  } catch (error) {
    if (!(error instanceof OpusFileError) && !(error instanceof BroadcastError)) throw error;
    line.end();
    console.error(error.message);
    return 1;
  } finally {
    clearInterval(refresh);
    line.end();
  }
}

// libdatachannel keeps handles open that nothing but the end of the process closes.
process.exit(await runProgram(HELP, readArguments, broadcast));
