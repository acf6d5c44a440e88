import nodeDataChannel from 'node-datachannel';
import type {
  FromWorker,
  OpenPeerRequest,
  ToWorker,
  WorkerEvent,
  WorkerRequests,
  WorkerSettings,
} from '../media-protocol.js';
import { TurnBatch } from '../../process/turn-batch.js';
import { DefectLog } from './defect-log.js';
import { MediaPort } from './media-port.js';
import { MediaRelay } from './media-relay.js';
import { SocketMediaBus } from './socket-media-bus.js';

/**
 * Entry of a media worker process. It answers the requests of the main process one by one and lives only as long as the
 * channel to it.
 */

const outbox = new TurnBatch<FromWorker>((messages) => {
  // Without a channel the process is about to end, and nobody is left to be told.
  if (process.connected) process.send?.(messages);
});
let relay: MediaRelay | undefined;
let port: MediaPort | undefined;
const defects = new DefectLog(emit, () => performance.now());

type Handlers = {
  readonly [Name in keyof WorkerRequests]: (
    body: WorkerRequests[Name]['request'],
  ) => Promise<WorkerRequests[Name]['reply']> | WorkerRequests[Name]['reply'];
};

const handlers: Handlers = {
  start: async (settings: WorkerSettings) => {
    port = await MediaPort.hold(settings.udpPort, settings);
    const { udpPort } = port;
    const bus = await SocketMediaBus.open(settings.busPaths, settings.workerIndex, (masjidId, error) => {
      defects.tell(masjidId, 'packet forwarding failed', { masjidId }, error);
    });
    relay = new MediaRelay(settings, udpPort, bus, emit, defects);
    return { udpPort };
  },
  openPeer: async (request: OpenPeerRequest) => ({ answer: await started().openPeer(request) }),
  reofferPeer: () => {
    throw new Error('the media engine opens every peer anew');
  },
  closePeer: ({ peerId }) => {
    started().closePeer(peerId);
    return null;
  },
  stop: () => {
    relay?.close();
    port?.close();
    // The main process cuts the channel once it has the reply, and with it ends this one.
    return null;
  },
};

function started(): MediaRelay {
  if (relay === undefined) throw new Error('the worker has not been started');
  return relay;
}

function emit(event: WorkerEvent): void {
  outbox.add({ kind: 'event', event });
}

async function answer({ id, name, body }: ToWorker): Promise<void> {
  try {
    const handle = handlers[name] as (body: unknown) => unknown;
    outbox.add({ kind: 'reply', id, body: await handle(body) });
  } catch (error) {
    outbox.add({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) });
  }
}

// Engine errors surface as exceptions and states; its own log would carry addresses and ICE user names.
nodeDataChannel.initLogger('Fatal', (_level, message) => {
  emit({ type: 'log', level: 'error', message: 'media engine', fields: { detail: message } });
});

process.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) void answer(message);
});
process.on('disconnect', () => process.exit(0));
// A terminal or a process manager signals the whole group; the main process decides when its workers end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGUSR2', () => undefined);
