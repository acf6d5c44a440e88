import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.js';
import { CLIENTS } from './clients/all.js';
import type { Client } from './clients/client.js';

const DEFAULT_SECONDS = 40;
const MAX_SECONDS = 3_600;
const MAX_AT_ONCE = 8;
const NAMES = CLIENTS.map(({ name }) => name);

export const INTEROP_HELP = `Usage: npm run interop [-- options]

Starts the relay and has every client broadcast once and listen once, for S seconds (${DEFAULT_SECONDS}). A 1 kHz tone must be decoded at
the far end the whole time. Prints a Markdown table; the exit code is 1 when any of it fails, or a client is not installed.

  --only NAMES       some clients, separated by commas: ${NAMES.join(',')}
  --seconds S        how long the tone must be heard in each role
  --ipv6             all of it a second time, with media over IPv6 alone
  --at-once N        calls beside each other (1); more than 1 costs time from answer to connected
  --report FILE      writes the table there, too, as a page
  --install          installs what is missing with apt-get, as root
  --installed-only   a client that is not installed is told, and is no failure

It runs in a network namespace of its own, which ends with it: neither relay nor clients reach any network. That takes root, or
a system that lets everybody make user namespaces.`;

export interface InteropOptions {
  readonly clients: readonly Client[];
  readonly seconds: number;
  readonly ipv6: boolean;
  readonly atOnce: number;
  readonly report: string | undefined;
  readonly install: boolean;
  readonly installedOnly: boolean;
}

/** @returns undefined when help is asked for @throws Error with one line that says what is wrong */
export function readInteropOptions(args: readonly string[]): InteropOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: NAMES.join(',') },
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
      ipv6: { type: 'boolean', default: false },
      'at-once': { type: 'string', default: '1' },
      report: { type: 'string' },
      install: { type: 'boolean', default: false },
      'installed-only': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    clients: values.only.split(',').map(clientNamed),
    seconds: wholeNumber('seconds', values.seconds, MAX_SECONDS),
    ipv6: values.ipv6,
    atOnce: wholeNumber('at-once', values['at-once'], MAX_AT_ONCE),
    report: values.report,
    install: values.install,
    installedOnly: values['installed-only'],
  };
}

function clientNamed(name: string): Client {
  const client = CLIENTS.find((one) => one.name === name);
  if (client === undefined) throw new Error(`--only: there is no client ${name}, only ${NAMES.join(', ')}`);
  return client;
}
