import type { PeerKind } from './load/load-protocol.js';

/** Reads the option `--peers`. @throws Error naming what it may be */
export function readPeerKind(value: string): PeerKind {
  if (value === 'light' || value === 'libdatachannel') return value;
  throw new Error('--peers is light or libdatachannel');
}
