import { parseArgs } from 'node:util';
import { TokenIssuer, type TokenRequest } from '../auth/token-issuer.js';
import { ROLES, type Role } from '../caller/actor.js';
import { connectionIdProblem } from '../caller/connection-id.js';
import { ConfigError } from '../config/config-error.js';
import { processConfig } from '../config/process-config.js';
import { AppError } from '../errors/app-error.js';
import { parseDuration } from './duration.js';
import { runProgram } from './program.js';

const HELP = `Prints one token, made with the keys of the server: those of its environment and its .env file.

  npm run --silent token -- --role broadcaster --masjid ID [options]

  --role ROLE      broadcaster, listener or admin
  --masjid ID      the only masjid that it is for (its connectionID); not for an admin
  --ttl DURATION   how long it holds, such as 90s, 15m, 12h or 7d (default 15m)
  --subject NAME   whom it is for, as the audit log names them
  --help           this text

Exit code: 0 printed, 1 the keys or the bounds do not allow it, 2 wrong arguments.
A token is a key to the microphone: hand it over in private. It cannot be taken back, only left to expire.`;

/** @returns undefined when help is wanted @throws Error with one line that says what is wrong with the arguments */
function readArguments(): TokenRequest | undefined {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      masjid: { type: 'string' },
      ttl: { type: 'string' },
      subject: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const role = ROLES.find((each) => each === values.role);
  if (role === undefined) throw new Error(`--role is to be one of ${ROLES.join(', ')}.`);
  const masjidId = readMasjid(role, values.masjid);
  const { subject, ttl } = values;
  if (subject !== undefined && !/^\P{Cc}{1,128}$/u.test(subject)) {
    throw new Error('--subject is to be 1 to 128 characters long.');
  }
  return { role, masjidId, subject, ttlSeconds: ttl === undefined ? undefined : readDuration(ttl) };
}

function readMasjid(role: Role, masjidId: string | undefined): string | undefined {
  if (role === 'admin') {
    if (masjidId !== undefined) throw new Error('--masjid is not for an admin, whose token is for all of them.');
    return undefined;
  }
  if (masjidId === undefined) throw new Error('--masjid is missing.');
  const problem = connectionIdProblem(masjidId);
  if (problem !== undefined) throw new Error(`--masjid ${problem}.`);
  return masjidId;
}

function readDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new Error('--ttl is to be a number with s, m, h or d, such as 15m.');
  return seconds;
}

async function makeToken(request: TokenRequest): Promise<string> {
  const config = processConfig();
  if (config.secrets.jwtKeys.length === 0) {
    throw new ConfigError(['JWT_KEYS is not set: a server that has no keys makes some up, and nobody else has them']);
  }
  return (await TokenIssuer.of(config).issue(request)).token;
}

async function printToken(request: TokenRequest): Promise<number> {
  try {
    console.log(await makeToken(request));
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) console.error(error.problems.join('\n'));
    else if (error instanceof AppError) console.error(error.detail);
    else throw error;
    return 1;
  }
}

process.exitCode = await runProgram(HELP, readArguments, printToken);
