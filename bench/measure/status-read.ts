import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProcessLoad } from '../../src/process/process-load.js';
import { BroadcastSession } from '../../src/relay/broadcast-session.js';
import { PeerHandle } from '../../src/relay/peer-handle.js';
import type { RelayRegistry } from '../../src/relay/relay-registry.js';
import type { WorkerSlot } from '../../src/relay/worker-slot.js';
import type { ListenerTally } from '../../src/status/listener-tally.js';
import type * as StatusModule from '../../src/status/status.service.js';
import { repositoryRoot } from '../paths.js';
import { percentile } from './statistics.js';

const READS = 300;

/** How long the main process takes to read and write down the status of so many broadcasts and listeners: p99. */
export async function statusReadP99Ms(broadcasts: number, listeners: number): Promise<number> {
  // The server's own file: it looks for its package from where it is.
  const file = pathToFileURL(join(repositoryRoot, 'dist/status/status.service.js')).href;
  const { StatusService } = (await import(file)) as typeof StatusModule;
  const sessions = Array.from({ length: broadcasts }, (_, index) =>
    sessionWith(`masjid-${String(index)}`, listeners / broadcasts),
  );
  const relay = {
    snapshot: () => ({
      broadcasts: sessions.map((session) => session.snapshot()),
      workers: [],
      totalListeners: listeners,
      stopping: false,
      draining: false,
    }),
  };
  const status = new StatusService(
    relay as unknown as RelayRegistry,
    { eventLoopLagMs: 0 } as unknown as ProcessLoad,
    { joins: {}, disconnects: {} } as unknown as ListenerTally,
  );
  const readMs = Array.from({ length: READS }, () => {
    const startedMs = performance.now();
    JSON.stringify(status.read());
    return performance.now() - startedMs;
  });
  return percentile(readMs, 0.99) ?? Infinity;
}

function sessionWith(connectionID: string, listeners: number): BroadcastSession {
  const session = new BroadcastSession({ connectionID, graceMs: 1, onState: () => undefined });
  const offer = {
    connectionID,
    version: '1',
    sdp: '',
    requestId: randomUUID(),
    clientAddress: '192.0.2.1',
    addressKey: '192.0.2.1',
    actor: undefined,
  };
  for (let index = 0; index < listeners; index += 1) {
    const listener = new PeerHandle(randomUUID(), 'listener', 0, {} as unknown as WorkerSlot, '', true, offer);
    listener.state = 'connected';
    session.addListener(listener);
  }
  return session;
}
