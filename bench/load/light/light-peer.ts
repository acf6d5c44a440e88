import { randomBytes } from 'node:crypto';
import type { Certificate } from '../../../src/relay/media/engine/dtls/certificate.js';
import { DtlsTransport } from '../../../src/relay/media/engine/dtls/dtls-transport.js';
import type { HandshakeQueue } from '../../../src/relay/media/engine/dtls/handshake-queue.js';
import type { SrtpKeys } from '../../../src/relay/media/engine/dtls/srtp-keys.js';
import { SOCKADDR_IN_BYTES } from '../../../src/relay/media/engine/native/sockets.js';
import { SrtcpSender } from '../../../src/relay/media/engine/srtp/srtcp-sender.js';
import { SrtpReceiver } from '../../../src/relay/media/engine/srtp/srtp-receiver.js';
import { writeSockaddr } from '../../../src/relay/media/engine/udp/address.js';
import { RTP_HEADER_BYTES } from '../../../src/relay/media/rtp/rtp-packet.js';
import type { ListeningPeer, OnPacket } from '../listening-peer.js';
import { IceClient } from './ice-client.js';
import type { KnownProbes } from './known-probes.js';
import { readLightAnswer, writeLightOffer } from './light-sdp.js';
import type { LightSocket, LightSockets } from './light-sockets.js';

const EMPTY = Buffer.alloc(0);
const clock = { now: () => performance.now() };

/** What all light peers of a process share: one certificate, for each would cost a handshake's time. */
export interface LightPeersShared {
  readonly address: string;
  readonly sockets: LightSockets;
  readonly certificate: Certificate;
  readonly handshakes: HandshakeQueue;
  readonly probes: KnownProbes;
}

/**
 * A listener made of the relay's own layers, as cheap as can be: ICE, DTLS and reports as a browser has them, but of the
 * packets it opens only the first, and one of each that the broadcaster sent; the others are counted by their headers.
 */
export class LightPeer implements ListeningPeer {
  connectedAtMs: number | undefined;
  isAlive = true;
  private readonly socket: LightSocket;
  private readonly ufrag = randomBytes(6).toString('base64');
  private ice: IceClient | undefined;
  private dtls: DtlsTransport | undefined;
  private receiver: SrtpReceiver | undefined;
  private rtcpSender: SrtcpSender | undefined;
  private heard = false;
  private closed = false;

  constructor(
    private readonly shared: LightPeersShared,
    private readonly onPacket: OnPacket,
  ) {
    this.socket = shared.sockets.open(shared.address, (memory, at, length, arrivedAtMs) =>
      this.receive(memory, at, length, arrivedAtMs),
    );
  }

  makeOffer(): Promise<string> {
    const { address, certificate } = this.shared;
    const { fingerprint } = certificate;
    return Promise.resolve(writeLightOffer({ ufrag: this.ufrag, fingerprint, address, port: this.socket.port }));
  }

  takeAnswer(sdp: string): void {
    const { ufrag, pwd, fingerprint, address, port } = readLightAnswer(sdp);
    const { certificate, handshakes } = this.shared;
    const to = Buffer.alloc(SOCKADDR_IN_BYTES);
    writeSockaddr(to, 0, { address, port });
    const send = (datagram: Buffer): void => this.socket.send(datagram, to);
    const dtls = new DtlsTransport({
      certificate,
      role: 'client',
      fingerprints: [fingerprint],
      queue: handshakes,
      clock,
      send,
      handlers: { onConnected: (keys) => this.take(keys), onClosed: () => (this.isAlive = false) },
    });
    this.dtls = dtls;
    this.ice = new IceClient(this.ufrag, { ufrag, pwd }, send, () => dtls.start());
    this.sendRtcp = (packet) => {
      if (this.rtcpSender) send(this.rtcpSender.seal(packet));
    };
    this.ice.tick(performance.now());
  }

  sendRtcp: (packet: Buffer) => void = () => undefined;

  tick(nowMs: number): void {
    this.ice?.tick(nowMs);
    this.dtls?.tick(nowMs);
  }

  /** With a goodbye. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.isAlive = false;
    this.dtls?.sayGoodbye();
    this.dtls?.close();
    this.ice?.close();
    this.receiver?.free();
    this.rtcpSender?.free();
    this.socket.close();
  }

  private receive(memory: Buffer, at: number, length: number, arrivedAtMs: number): void {
    const first = memory[at] ?? 0;
    if (first >= 128 && length > RTP_HEADER_BYTES) {
      const second = memory[at + 1] ?? 0;
      const isRtcp = second >= 192 && second <= 223;
      if (!isRtcp && this.receiver) this.hear(memory, at, length, arrivedAtMs);
    } else if (first >= 20 && first < 64) {
      this.dtls?.receive(memory.subarray(at, at + length));
    } else if (first < 4) {
      this.ice?.receive(memory.subarray(at, at + length));
    }
  }

  private hear(memory: Buffer, at: number, length: number, arrivedAtMs: number): void {
    const timestamp = memory.readUInt32BE(at + 4);
    const { probes } = this.shared;
    if (!this.heard || !probes.knows(timestamp)) {
      const packet = this.receiver?.openRtp(memory.subarray(at, at + length));
      if (!packet) return;
      this.heard = true;
      probes.learn(timestamp, packet.subarray(RTP_HEADER_BYTES));
    }
    const packet = {
      payloadType: 0,
      marker: false,
      sequenceNumber: memory.readUInt16BE(at + 2),
      timestamp,
      ssrc: memory.readUInt32BE(at + 8),
      payload: EMPTY,
      audioLevelDbov: undefined,
    };
    this.onPacket(packet, probes.at(timestamp), arrivedAtMs);
  }

  private take({ profile, local, remote }: SrtpKeys): void {
    this.connectedAtMs ??= performance.now();
    this.receiver = new SrtpReceiver(profile, remote);
    this.rtcpSender = new SrtcpSender(profile, local);
  }
}
