import { AwakeClock } from '../../process/awake-clock.js';
import { TurnBatch } from '../../process/turn-batch.js';
import type { FromWorker, ToWorker, WorkerEvent, WorkerRequests, WorkerSettings } from '../media-protocol.js';
import { DefectLog } from './defect-log.js';
import type { MediaRelay } from './media-relay.js';
import { SocketMediaBus } from './socket-media-bus.js';

/**
 * Entry of a media worker process. It answers the requests of the main process one by one and lives only as long as the
 * channel to it.
 */

const outbox = new TurnBatch<FromWorker>((messages) => {
  // Without a channel the process is about to end, and nobody is left to be told.
  if (process.connected) process.send?.(messages);
});
const clock = new AwakeClock();
const defects = new DefectLog(emit, () => clock.now());
let relay: MediaRelay | undefined;

type Handlers = {
  readonly [Name in keyof WorkerRequests]: (
    body: WorkerRequests[Name]['request'],
  ) => Promise<WorkerRequests[Name]['reply']> | WorkerRequests[Name]['reply'];
};

const handlers: Handlers = {
  start: async (settings: WorkerSettings) => {
    // Loaded here, so that what this machine lacks is told as an answer.
    const { MediaEngine } = await import('./engine/media-engine.js');
    const { MediaRelay } = await import('./media-relay.js');
    const engine = await MediaEngine.open({
      port: settings.udpPort,
      bindAddress: settings.bindAddress,
      connectTimeoutMs: settings.peerConnectTimeoutMs,
      silenceTimeoutMs: settings.peerSilenceTimeoutMs,
      clock,
      onDefect: (error) => defects.tell('engine', 'media engine failed', {}, error),
    });
    const bus = await SocketMediaBus.open(settings.busPaths, settings.workerIndex, (masjidId, error) => {
      defects.tell(masjidId, 'packet forwarding failed', { masjidId }, error);
    });
    relay = new MediaRelay(settings, engine, bus, emit, () => clock.now(), defects);
    return { udpPort: engine.port };
  },
  openPeer: (request) => ({ answer: started().openPeer(request) }),
  reofferPeer: (request) => ({ answer: started().reofferPeer(request) }),
  closePeer: ({ peerId }) => {
    started().closePeer(peerId);
    return null;
  },
  stop: async () => {
    await relay?.close();
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

process.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) void answer(message);
});
// Without the main process nobody is left to be served; the peers are told, so that they come again at once.
process.on('disconnect', () => {
  void Promise.resolve(relay?.close()).finally(() => process.exit(0));
});
// A terminal or a process manager signals the whole group; the main process decides when its workers end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGUSR2', () => undefined);
