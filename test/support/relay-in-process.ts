import type { PeerRole, WorkerEvent, WorkerReport } from '../../src/relay/media-protocol.js';
import { DefectLog } from '../../src/relay/media/defect-log.js';
import { MediaEngine, type EngineOptions } from '../../src/relay/media/engine/media-engine.js';
import { LocalSubscriptions } from '../../src/relay/media/local-subscriptions.js';
import type { MediaBus } from '../../src/relay/media/media-bus.js';
import { MediaRelay } from '../../src/relay/media/media-relay.js';
import type { ReducedOffer } from '../../src/relay/sdp/reduced-offer.js';

export interface RelayInProcessOptions extends Partial<EngineOptions> {
  /** Whatever threw and was caught. */
  readonly onDefect: (error: unknown) => void;
}

/** What a media worker is made of, without its process: an engine, and the peers that it serves. */
export class RelayInProcess {
  /** Peers that connected, and that ended by themselves; without those that `leave` took away. */
  readonly connected = new Set<string>();
  readonly closed = new Set<string>();
  /** What it told last of its work. */
  lastReport: WorkerReport | undefined;
  private readonly relay: MediaRelay;
  private opened = 0;

  private constructor(
    readonly engine: MediaEngine,
    bus: MediaBus,
    now: () => number,
    onDefect: (error: unknown) => void,
  ) {
    const tell = (event: WorkerEvent): void => {
      if (event.type === 'log') onDefect(event.fields);
      else if (event.type === 'report') this.lastReport = event.report;
      else if (event.type === 'peerConnected') this.connected.add(event.peerId);
      else if (event.type === 'peerClosed') this.closed.add(event.peerId);
    };
    const settings = { opus: { ptimeMs: 20, maxBitrate: 24_000 }, publicIps: [] };
    this.relay = new MediaRelay(settings, engine, bus, tell, now, new DefectLog(tell, now));
  }

  static async open({ onDefect, ...options }: RelayInProcessOptions): Promise<RelayInProcess> {
    const engine = await MediaEngine.open({
      port: 0,
      bindAddress: '127.0.0.1',
      connectTimeoutMs: 600_000,
      silenceTimeoutMs: 600_000,
      clock: performance,
      onDefect,
      ...options,
    });
    const { clock = performance } = options;
    return new RelayInProcess(engine, busOfOne(onDefect), () => clock.now(), onDefect);
  }

  /** @returns the answer */
  join(role: PeerRole, broadcastId: string, offer: ReducedOffer): { readonly peerId: string; readonly answer: string } {
    this.opened += 1;
    const peerId = `peer ${this.opened}`;
    const request = { peerId, requestId: 'test', broadcastId, role, generation: this.opened, offer };
    return { peerId, answer: this.relay.openPeer(request) };
  }

  leave(peerId: string): void {
    this.relay.closePeer(peerId);
    this.connected.delete(peerId);
    this.closed.delete(peerId);
  }

  close(): Promise<void> {
    return this.relay.close();
  }
}

function busOfOne(onDefect: (error: unknown) => void): MediaBus {
  const local = new LocalSubscriptions((_, error) => onDefect(error));
  return {
    publish: (topic, packet) => local.deliver(topic, packet),
    subscribe: (topic, onPacket) => {
      local.add(topic, onPacket);
      return () => void local.remove(topic, onPacket);
    },
    dropped: 0,
    close: () => undefined,
  };
}
