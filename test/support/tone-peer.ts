import { fileURLToPath } from 'node:url';
import { Daemon } from './daemon.js';

const PROGRAM = fileURLToPath(new URL('tone-peer.process.ts', import.meta.url));
const IMPORTS = new URL('typescript-imports.mjs', import.meta.url).href;

export interface TonePeerOptions {
  readonly role: 'broadcast' | 'listen';
  readonly url: string;
  readonly connectionID: string;
  readonly frequencyHz?: number;
}

/** A peer in another process, which can be killed. Resolves once it is connected to the relay. */
export function startTonePeer({ role, url, connectionID, frequencyHz = 1_000 }: TonePeerOptions): Promise<Daemon> {
  const command = [process.execPath, '--import', IMPORTS, PROGRAM, role, url, connectionID, String(frequencyHz)];
  const env = { PATH: process.env['PATH'] };
  return Daemon.start(command, ({ lines }) => lines.includes('connected'), { env });
}
