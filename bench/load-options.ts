import { parseArgs } from 'node:util';
import { decodeJwt } from 'jose';
import { tokenFromEnvironment } from '../src/cli/environment.js';
import type { PeerKind } from './load/load-protocol.js';
import { readPeerKind } from './peer-kind.js';
import { wholeNumber } from './whole-number.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const DEFAULT_SECONDS = 60;
const MAX_LISTENERS = 5_000;
const MAX_SECONDS = 3_600;

export const LOAD_HELP = `Usage: npm run load -- --listeners N [--url U] [--masjid ID] [--seconds S] [--no-broadcaster]

Makes N listeners (at most ${MAX_LISTENERS}) join a running relay and says what they hear, for S seconds (${DEFAULT_SECONDS}).

  --url U            base URL of the relay (${DEFAULT_URL})
  --masjid ID        the broadcast to listen to; that of the token when not given
  --no-broadcaster   listen to a broadcast that is there already, instead of sending one
  --peers KIND       libdatachannel, an implementation of its own; or light: this relay's own layers, at a tenth of the cost
  --not-loopback     allow a relay that is not on this machine; load test only what is yours

Unless there is a broadcast already, AZAAN_TOKEN in the environment is a broadcaster token, such as npm run token prints.`;

export interface LoadOptions {
  readonly url: string;
  readonly masjidId: string;
  readonly listeners: number;
  readonly peers: PeerKind;
  readonly seconds: number;
  readonly broadcaster: boolean;
  /** A broadcaster token for the masjid. */
  readonly token: string | undefined;
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
      peers: { type: 'string', default: 'libdatachannel' },
      'no-broadcaster': { type: 'boolean', default: false },
      'not-loopback': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const listeners = wholeNumber('listeners', values.listeners, MAX_LISTENERS);
  const seconds = wholeNumber('seconds', values.seconds, MAX_SECONDS);
  const loopback = isLoopback(values.url);
  if (!loopback && !values['not-loopback']) {
    throw new Error(`${values.url} is not on this machine; add --not-loopback when it is yours to load`);
  }
  const peers = readPeerKind(values.peers);
  if (peers === 'light' && !loopback) throw new Error('light peers hear only a relay on this machine');
  if (values['no-broadcaster'] && values.masjid === undefined) {
    throw new Error('--no-broadcaster needs --masjid: which broadcast is it?');
  }
  const token = tokenFromEnvironment();
  if (!values['no-broadcaster'] && token === undefined) {
    throw new Error('AZAAN_TOKEN is not set: who broadcasts needs a token; or listen with --no-broadcaster');
  }
  return {
    url: values.url,
    masjidId: values.masjid ?? masjidOf(token),
    token,
    listeners,
    peers,
    seconds,
    broadcaster: !values['no-broadcaster'],
    bindAddress: loopback ? '127.0.0.1' : undefined,
  };
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The masjid that a token is for; only the relay can tell whether it is a good one. */
function masjidOf(token: string | undefined): string {
  const { masjidId } = token === undefined ? {} : decodeJwt<{ masjidId?: string }>(token);
  if (masjidId === undefined) throw new Error('AZAAN_TOKEN is not a broadcaster token');
  return masjidId;
}
