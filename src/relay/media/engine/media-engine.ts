import { CertificateStock } from './dtls/certificate-stock.js';
import { HandshakeQueue } from './dtls/handshake-queue.js';
import {
  EnginePeer,
  type EnginePeerHandlers,
  type EngineShared,
  type Outgoing,
  type RemoteTransport,
} from './engine-peer.js';
import type { IceAgent } from './ice/ice-agent.js';
import { IceDirectory } from './ice/ice-directory.js';
import { giveBackFreed } from './native/freed-memory.js';
import { selfTest } from './self-test.js';
import type { Incoming } from './udp/incoming.js';
import { UdpPort, type UdpPortOptions } from './udp/udp-port.js';

const TICK_MS = 100;
/** Deadlines of peers that are connected have whole seconds. */
const TICKS_PER_SECOND = 10;
/** As many as are likely to come within a second or two. */
const CERTIFICATES_IN_STOCK = 128;
/** A certificate takes 0.1 ms to make. */
const CERTIFICATES_A_TICK = 8;
const TICKS_UNTIL_QUIET = 100;
/** Long enough for a burst of losses to be over. */
const GOODBYE_REPEATED_AFTER_MS = 50;

/** Where datagrams come from and go to. */
export type EnginePort = Pick<UdpPort, 'port' | 'addresses' | 'counters' | 'drain' | 'close'>;

export interface EngineOptions {
  /** 0 for one that the system chooses. */
  readonly port: number;
  /** Undefined for every address of this machine. */
  readonly bindAddress: string | undefined;
  /** From the offer to media that can flow. */
  readonly connectTimeoutMs: number;
  /** How long consent lasts (RFC 7675: 30 s). */
  readonly silenceTimeoutMs: number;
  /** Does not count the time in which this process was away. */
  readonly clock: { now(): number };
  /** A defect while handling a datagram or a timer: that one is lost, nothing else. */
  readonly onDefect: (error: unknown) => void;
  /** In the place of sockets of this machine. */
  readonly openPort?: (options: UdpPortOptions) => Promise<EnginePort>;
}

/**
 * The media engine of one worker: one UDP port, and the peers behind it. Datagrams are told apart by their first byte
 * (RFC 7983), their peers by ICE user name (STUN) or by an address that ICE validated (all else).
 */
export class MediaEngine {
  private readonly peers = new Map<IceAgent, EnginePeer>();
  private readonly connecting = new Set<EnginePeer>();
  private readonly leaving = new Set<EnginePeer>();
  private readonly certificates = new CertificateStock(CERTIFICATES_IN_STOCK);
  private readonly shared: EngineShared;
  private readonly timer: NodeJS.Timeout;
  private ticks = 0;

  private constructor(
    private readonly options: EngineOptions,
    private readonly udp: EnginePort,
  ) {
    const { clock, connectTimeoutMs, silenceTimeoutMs, onDefect } = options;
    this.shared = {
      ice: new IceDirectory({ clock }),
      handshakes: new HandshakeQueue(onDefect),
      clock,
      limits: { connectTimeoutMs, silenceTimeoutMs },
    };
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @throws Error in words: the port is taken, or this Node.js lacks what the engine needs */
  static async open(options: EngineOptions): Promise<MediaEngine> {
    await selfTest();
    const holder: { engine?: MediaEngine } = {};
    const { port, bindAddress, onDefect, openPort = UdpPort.open.bind(UdpPort) } = options;
    const udp = await openPort({
      port,
      bindAddress,
      onDatagram: (incoming) => holder.engine?.receive(incoming),
      onError: onDefect,
    });
    holder.engine = new MediaEngine(options, udp);
    return holder.engine;
  }

  get port(): number {
    return this.udp.port;
  }

  get counters(): EnginePort['counters'] {
    return this.udp.counters;
  }

  /** Of this machine, as host candidates. */
  addresses(): readonly string[] {
    return this.udp.addresses();
  }

  /** Takes what waits out of the kernel's buffers, between the batches of a long fan-out. Calls no handler. */
  drain(): void {
    this.udp.drain();
  }

  /**
   * A peer that waits for the checks of the other side. `close` must be called in the end, whoever ends it.
   *
   * @param outgoing present for a listener
   */
  openPeer(remote: RemoteTransport, outgoing: Outgoing | undefined, handlers: EnginePeerHandlers): EnginePeer {
    const peer = new EnginePeer(this.shared, remote, this.certificates.take(), outgoing, {
      ...handlers,
      onConnected: () => {
        this.connecting.delete(peer);
        handlers.onConnected();
      },
    });
    this.peers.set(peer.iceAgent, peer);
    this.connecting.add(peer);
    return peer;
  }

  /**
   * Says goodbye, twice, and forgets the peer.
   *
   * @param bye the compound RTCP packet with its BYE (RFC 3550, 6.6)
   */
  closePeer(peer: EnginePeer, bye: Buffer | undefined): void {
    if (this.leaving.has(peer)) return;
    this.connecting.delete(peer);
    this.leaving.add(peer);
    peer.stop();
    this.guard(() => peer.sayGoodbye(bye));
    setTimeout(() => {
      this.guard(() => peer.sayGoodbye(bye));
      this.guard(() => this.forget(peer));
    }, GOODBYE_REPEATED_AFTER_MS);
  }

  /** Frees everything. Peers that were closed just now still get their second goodbye. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const peer of this.peers.values()) this.closePeer(peer, undefined);
    while (this.leaving.size > 0) await new Promise((resolve) => setTimeout(resolve, GOODBYE_REPEATED_AFTER_MS));
    this.certificates.close();
    this.udp.close();
  }

  private receive(incoming: Incoming): void {
    const first = incoming.bytes[0] ?? 0;
    if (first < 4) {
      this.shared.ice.receive(incoming);
      return;
    }
    const agent = this.shared.ice.agentAt(incoming.key);
    const peer = agent && this.peers.get(agent);
    if (peer === undefined) return;
    if (first >= 128 && first < 192) peer.receiveSrtp(incoming);
    else if (first >= 20 && first < 64) peer.receiveDtls(incoming);
  }

  private tick(): void {
    const nowMs = this.options.clock.now();
    this.ticks += 1;
    for (const peer of this.ticks % TICKS_PER_SECOND === 0 ? this.peers.values() : this.connecting) {
      this.guard(() => peer.tick(nowMs));
    }
    this.guard(() => this.useIdleTime());
  }

  /** For what timers do: there is nobody else to catch what it throws. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.onDefect(error);
    }
  }

  /** For what can wait while somebody joins. */
  private useIdleTime(): void {
    if (this.shared.handshakes.length > 0) return;
    for (let made = 0; made < CERTIFICATES_A_TICK && this.certificates.refillOne(); made += 1);
    if (this.ticks % TICKS_UNTIL_QUIET === 0) giveBackFreed();
  }

  private forget(peer: EnginePeer): void {
    this.leaving.delete(peer);
    this.peers.delete(peer.iceAgent);
    peer.free();
  }
}
