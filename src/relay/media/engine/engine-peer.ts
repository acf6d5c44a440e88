import type { Certificate } from './dtls/certificate.js';
import { DtlsTransport } from './dtls/dtls-transport.js';
import type { OfferedFingerprint } from './dtls/fingerprint.js';
import type { HandshakeQueue } from './dtls/handshake-queue.js';
import type { SrtpKeys } from './dtls/srtp-keys.js';
import type { IceAgent } from './ice/ice-agent.js';
import type { IceCredentials } from './ice/ice-credentials.js';
import type { IceDirectory } from './ice/ice-directory.js';
import type { FanOutEntry } from './srtp/fan-out-entry.js';
import type { FanOut } from './srtp/fan-out.js';
import { SrtcpSender } from './srtp/srtcp-sender.js';
import { SrtpReceiver } from './srtp/srtp-receiver.js';
import { SrtpSenderKeys } from './srtp/srtp-sender-keys.js';
import type { Incoming } from './udp/incoming.js';
import type { Route } from './udp/route.js';

/** Clients ask for consent every 4 to 6 s (RFC 7675, 5.1): one that said BYE and is not heard for longer is gone. */
const GONE_AFTER_BYE_MS = 8_000;

/** What the offer says of the other side. */
export interface RemoteTransport {
  readonly fingerprints: readonly OfferedFingerprint[];
  /** RFC 4145 and 5763: who begins DTLS. */
  readonly setup: 'actpass' | 'active' | 'passive';
}

/** What goes out to a peer. */
export interface Outgoing {
  readonly fanOut: FanOut;
  readonly payloadType: number;
  /** Called once. */
  readonly onFirstSent: () => void;
}

export type EngineCloseReason = 'left' | 'failed' | 'silent' | 'connect_timeout';

/** What a peer tells its owner. Packets are views, valid until the handler returns. */
export interface EnginePeerHandlers {
  /** Once: media can flow. */
  onConnected(): void;
  /** A decrypted RTP packet. */
  onRtp(packet: Buffer): void;
  /** A decrypted compound RTCP packet. */
  onRtcp(packet: Buffer): void;
  /** Once, unless the owner closed it: the owner calls `close` now. */
  onClosed(reason: EngineCloseReason): void;
}

/** What all peers of an engine share. */
export interface EngineShared {
  readonly ice: IceDirectory;
  readonly handshakes: HandshakeQueue;
  readonly clock: { now(): number };
  readonly limits: { readonly connectTimeoutMs: number; readonly silenceTimeoutMs: number };
}

/** One WebRTC peer: ICE-lite, DTLS-SRTP, and consent (RFC 7675), which alone decides whether it is still there. */
export class EnginePeer {
  /** `sha-256 AB:…` of the certificate that this association shows. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  private readonly agent: IceAgent;
  private readonly dtls: DtlsTransport;
  private readonly connectDeadlineMs: number;
  /** Where DTLS came from while no address is nominated. */
  private dtlsRoute: Route | undefined;
  /** Where the last words go. */
  private lastRoute: Route | undefined;
  private receiver: SrtpReceiver | undefined;
  private rtcpSender: SrtcpSender | undefined;
  /** Of an association that has no nominated address yet. */
  private waitingKeys: SrtpSenderKeys | undefined;
  private entry: FanOutEntry | undefined;
  private connected = false;
  private saidByeAtMs: number | undefined;
  private over = false;
  private freed = false;

  /** @param certificate this association's own; the peer frees it */
  constructor(
    private readonly shared: EngineShared,
    remote: RemoteTransport,
    private readonly certificate: Certificate,
    private readonly outgoing: Outgoing | undefined,
    private readonly handlers: EnginePeerHandlers,
  ) {
    this.fingerprint = certificate.fingerprint;
    this.setup = remote.setup === 'passive' ? 'active' : 'passive';
    this.connectDeadlineMs = shared.clock.now() + shared.limits.connectTimeoutMs;
    this.dtls = new DtlsTransport({
      certificate,
      role: this.setup === 'active' ? 'client' : 'server',
      fingerprints: remote.fingerprints,
      queue: shared.handshakes,
      clock: shared.clock,
      send: (datagram) => this.send(datagram),
      handlers: {
        onConnected: (keys) => this.take(keys),
        onClosed: (reason) => this.end(reason),
      },
    });
    this.agent = shared.ice.open({
      onValidated: (route) => {
        this.dtlsRoute ??= route;
        if (this.setup === 'active') this.dtls.start();
      },
      onSelected: (route) => this.select(route),
    });
  }

  /** The newest: those of the last answer. */
  get iceCredentials(): IceCredentials {
    return this.agent.credentials;
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** What went out to it so far: packets, and bytes of payload. */
  get sent(): FanOutEntry | undefined {
    return this.entry;
  }

  /** Key of the directory that finds a peer by the address that a datagram came from. */
  get iceAgent(): IceAgent {
    return this.agent;
  }

  /** New credentials; the old ones hold until the first check under the new ones (RFC 8445, 9). */
  restartIce(): IceCredentials {
    return this.agent.restart();
  }

  receiveDtls(incoming: Incoming): void {
    if (!this.connected) this.dtlsRoute = incoming.route();
    this.dtls.receive(incoming.bytes);
  }

  receiveSrtp({ bytes, key }: Incoming): void {
    if (this.receiver === undefined || this.over) return;
    const isRtcp = isRtcpPacketType(bytes[1]);
    const packet = isRtcp ? this.receiver.openRtcp(bytes) : this.receiver.openRtp(bytes);
    if (packet === undefined) return;
    this.agent.heardFrom(key, this.shared.clock.now());
    if (isRtcp) this.handlers.onRtcp(packet);
    else this.handlers.onRtp(packet);
  }

  /** The peer said BYE (RFC 3550, 6.6), which ends a stream and mostly, but not always, the call. */
  heardBye(): void {
    this.saidByeAtMs = this.shared.clock.now();
  }

  /** Encrypts and sends one compound RTCP packet, once connected. */
  sendRtcp(packet: Buffer): void {
    if (this.rtcpSender !== undefined) this.send(this.rtcpSender.seal(packet));
  }

  /** Judges deadlines and resends DTLS flights. */
  tick(nowMs: number): void {
    if (this.over) return;
    this.dtls.tick(nowMs);
    if (!this.connected) {
      if (nowMs > this.connectDeadlineMs) this.end('connect_timeout');
      return;
    }
    const { lastHeardAtMs } = this.agent;
    const saidBye = this.saidByeAtMs !== undefined && lastHeardAtMs <= this.saidByeAtMs;
    if (nowMs - lastHeardAtMs <= (saidBye ? GONE_AFTER_BYE_MS : this.shared.limits.silenceTimeoutMs)) return;
    this.end(saidBye ? 'left' : 'silent');
  }

  /** BYE and close_notify. To be said twice: nobody answers a goodbye, so nobody would miss a lost one. */
  sayGoodbye(bye: Buffer | undefined): void {
    if (this.freed) return;
    if (bye !== undefined) this.sendRtcp(bye);
    this.dtls.sayGoodbye();
  }

  /** No packet comes or goes any more, but for goodbyes. */
  stop(): void {
    if (this.over) return;
    this.over = true;
    this.lastRoute = this.route;
    this.entry?.remove();
    this.agent.close();
  }

  free(): void {
    if (this.freed) return;
    this.stop();
    this.freed = true;
    this.dtls.close();
    this.certificate.free();
    this.receiver?.free();
    this.rtcpSender?.free();
    this.waitingKeys?.free();
  }

  private take(keys: SrtpKeys): void {
    const { profile, local, remote } = keys;
    try {
      this.receiver?.free();
      this.rtcpSender?.free();
      this.receiver = new SrtpReceiver(profile, remote);
      this.rtcpSender = new SrtcpSender(profile, local);
      if (this.outgoing !== undefined) {
        this.waitingKeys?.free();
        this.waitingKeys = new SrtpSenderKeys(profile, local, this.outgoing.fanOut.ssrc);
      }
    } finally {
      local.fill(0);
      remote.fill(0);
    }
    this.flowIfReady();
  }

  private select(route: Route): void {
    if (this.entry !== undefined) this.entry.route = route;
    this.flowIfReady();
  }

  private flowIfReady(): void {
    const { selected } = this.agent;
    if (selected === undefined || this.receiver === undefined || this.over) return;
    if (this.outgoing !== undefined && this.waitingKeys !== undefined) {
      const { fanOut, payloadType, onFirstSent } = this.outgoing;
      if (this.entry === undefined) this.entry = fanOut.add(this.waitingKeys, selected, payloadType, onFirstSent);
      else this.entry.rekey(this.waitingKeys);
      // They are the fan-out's now.
      this.waitingKeys = undefined;
    }
    if (this.connected) return;
    this.connected = true;
    this.handlers.onConnected();
  }

  private send(datagram: Buffer): void {
    const route = this.over ? this.lastRoute : this.route;
    route?.socket.send(datagram, route);
  }

  private get route(): Route | undefined {
    return this.agent.selected ?? this.dtlsRoute;
  }

  private end(reason: EngineCloseReason): void {
    if (this.over) return;
    this.stop();
    this.handlers.onClosed(reason);
  }
}

/** RFC 5761, 4: what would be RTP with a marker and payload type 64 to 95. */
function isRtcpPacketType(second: number | undefined): boolean {
  return second !== undefined && second >= 192 && second <= 223;
}
