import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { wholeNumber } from './whole-number.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const DEFAULT_SECONDS = 60;
const MAX_LISTENERS = 5_000;
const MAX_SECONDS = 3_600;

export const LOAD_HELP = `Usage: npm run load -- --listeners N [--url U] [--masjid ID] [--seconds S] [--no-broadcaster]

Makes N listeners (at most ${MAX_LISTENERS}) join a running relay and says what they hear, for S seconds (${DEFAULT_SECONDS}).

  --url U            base URL of the relay (${DEFAULT_URL})
  --masjid ID        the broadcast to listen to; made up when not given
  --no-broadcaster   listen to a broadcast that is there already, instead of sending one
  --not-loopback     allow a relay that is not on this machine; load test only what is yours`;

export interface LoadOptions {
  readonly url: string;
  readonly masjidId: string;
  readonly listeners: number;
  readonly seconds: number;
  readonly broadcaster: boolean;
  /** Local address of the peers. */
  readonly bindAddress: string | undefined;
}

/** @returns undefined when help is asked for */
export function readLoadOptions(args: readonly string[]): LoadOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      listeners: { type: 'string' },
      url: { type: 'string', default: DEFAULT_URL },
      masjid: { type: 'string' },
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
      'no-broadcaster': { type: 'boolean', default: false },
      'not-loopback': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const loopback = isLoopback(values.url);
  if (!loopback && !values['not-loopback']) {
    throw new Error(`${values.url} is not on this machine; add --not-loopback when it is yours to load`);
  }
  if (values['no-broadcaster'] && values.masjid === undefined) {
    throw new Error('--no-broadcaster needs --masjid: which broadcast is it?');
  }
  return {
    url: values.url,
    masjidId: values.masjid ?? `load-${randomUUID().slice(0, 8)}`,
    listeners: wholeNumber('listeners', values.listeners, MAX_LISTENERS),
    seconds: wholeNumber('seconds', values.seconds, MAX_SECONDS),
    broadcaster: !values['no-broadcaster'],
    bindAddress: loopback ? '127.0.0.1' : undefined,
  };
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
