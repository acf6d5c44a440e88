import nodeDataChannel from 'node-datachannel';
import type {
  FromWorker,
  OpenPeerRequest,
  ToWorker,
  WorkerEvent,
  WorkerRequests,
  WorkerSettings,
} from '../media-protocol.js';
import { DefectLog } from './defect-log.js';
import { MediaPort } from './media-port.js';
import { MediaRelay } from './media-relay.js';
import { SocketMediaBus } from './socket-media-bus.js';

/**
 * Entry of a media worker process. It answers the requests of the main process one by one and lives only as long as the
 * channel to it.
 */

let relay: MediaRelay | undefined;
const ports: MediaPort[] = [];
const defects = new DefectLog(emit, () => performance.now());

type Handlers = {
  readonly [Name in keyof WorkerRequests]: (
    body: WorkerRequests[Name]['request'],
  ) => Promise<WorkerRequests[Name]['reply']> | WorkerRequests[Name]['reply'];
};

const handlers: Handlers = {
  start: async (settings: WorkerSettings) => {
    for (const udpPort of settings.udpPorts) ports.push(await MediaPort.hold(udpPort, settings));
    const bus = await SocketMediaBus.open(settings.busPaths, settings.workerIndex, (masjidId, error) => {
      defects.tell(masjidId, 'packet forwarding failed', { masjidId }, error);
    });
    relay = new MediaRelay(settings, bus, emit, defects);
    return { udpPorts: ports.map(({ udpPort }) => udpPort) };
  },
  openPeer: async (request: OpenPeerRequest) => ({ answer: await started().openPeer(request) }),
  closePeer: ({ peerId }) => {
    started().closePeer(peerId);
    return null;
  },
  stop: () => {
    relay?.close();
    for (const port of ports) port.close();
    // After the reply is on its way.
    setImmediate(() => process.exit(0));
    return null;
  },
};

function started(): MediaRelay {
  if (relay === undefined) throw new Error('the worker has not been started');
  return relay;
}

function emit(event: WorkerEvent): void {
  send({ kind: 'event', event });
}

function send(message: FromWorker): void {
  // Without a channel the process is about to end, and nobody is left to be told.
  if (process.connected) process.send?.(message);
}

async function answer({ id, name, body }: ToWorker): Promise<void> {
  try {
    const handle = handlers[name] as (body: unknown) => unknown;
    send({ kind: 'reply', id, body: await handle(body) });
  } catch (error) {
    send({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) });
  }
}

// Engine errors surface as exceptions and states; its own log would carry addresses and ICE user names.
nodeDataChannel.initLogger('Fatal', (_level, message) => {
  emit({ type: 'log', level: 'error', message: 'media engine', fields: { detail: message } });
});

process.on('message', (message: ToWorker) => void answer(message));
process.on('disconnect', () => process.exit(0));
// A terminal or a process manager signals the whole group; the main process decides when its workers end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGUSR2', () => undefined);
