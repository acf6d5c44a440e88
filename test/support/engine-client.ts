import type { PeerRole } from '../../src/relay/media-protocol.js';
import { Certificate } from '../../src/relay/media/engine/dtls/certificate.js';
import { DtlsTransport } from '../../src/relay/media/engine/dtls/dtls-transport.js';
import { HandshakeQueue } from '../../src/relay/media/engine/dtls/handshake-queue.js';
import type { SrtpKeys } from '../../src/relay/media/engine/dtls/srtp-keys.js';
import { PacketCipher } from '../../src/relay/media/engine/srtp/packet-cipher.js';
import { TAG_BYTES } from '../../src/relay/media/engine/srtp/session-keys.js';
import { SrtcpSender } from '../../src/relay/media/engine/srtp/srtcp-sender.js';
import { SrtpReceiver } from '../../src/relay/media/engine/srtp/srtp-receiver.js';
import { RTP_HEADER_BYTES, srtpPacket } from '../../src/relay/media/engine/srtp/srtp-packet.js';
import type { RemoteAddress } from '../../src/relay/media/engine/udp/address.js';
import { isRtcp, parseRtp } from '../../src/relay/media/rtp/rtp-packet.js';
import type { ReducedOffer } from '../../src/relay/sdp/reduced-offer.js';
import { isDtls, isStun } from './datagram-kinds.js';
import { offered, settle } from './dtls-pair.js';
import { iceCheck, type IceLogin } from './ice-check.js';
import type { MemoryPort } from './memory-port.js';
import type { RelayInProcess } from './relay-in-process.js';
import { sdpLines } from './signaling.js';

const PAYLOAD_TYPE = 111;
/** 24 kbit/s. */
const SOUND_BYTES = 60;
export const AUDIO_LEVEL_ID = 1;
const UFRAG = 'client';
const SETTLE_TURNS = 200;
const queue = new HandshakeQueue((error) => {
  throw error;
});

export interface EngineClientOptions {
  readonly relay: RelayInProcess;
  readonly port: MemoryPort;
  readonly role: PeerRole;
  readonly broadcastId: string;
  readonly from: RemoteAddress;
  /** Which side of DTLS it is. */
  readonly dtlsRole?: 'client' | 'server';
}

/** A peer of an engine in the same process, without a network between: it does what a test says, with all keys in hand. */
export class EngineClient {
  readonly peerId: string;
  readonly login: IceLogin;
  readonly from: RemoteAddress;
  readonly ssrc = (Math.random() * 0xffffffff) >>> 0;
  /** Its datagrams of DTLS. */
  readonly dtlsSent: Buffer[] = [];
  /** Whatever it was. */
  lastSent: Buffer = Buffer.alloc(1);
  /** The numbers of the sound that it got (see `speak`), in their order. */
  readonly heard: number[] = [];
  private readonly certificate = Certificate.create();
  private readonly dtls: DtlsTransport;
  private keys: SrtpKeys | undefined;
  private rtp: PacketCipher | undefined;
  private rtcp: SrtcpSender | undefined;
  private receiver: SrtpReceiver | undefined;
  private index = 0;

  constructor(private readonly options: EngineClientOptions) {
    const { relay, port, role, broadcastId, from, dtlsRole = 'client' } = options;
    this.from = from;
    const { peerId, answer } = relay.join(role, broadcastId, this.offer());
    this.peerId = peerId;
    const valueOf = (name: string): string => sdpLines(answer, `a=${name}:`)[0]!.slice(name.length + 3);
    this.login = { userName: `${valueOf('ice-ufrag')}:${UFRAG}`, password: valueOf('ice-pwd') };
    this.dtls = new DtlsTransport({
      certificate: this.certificate,
      role: dtlsRole,
      fingerprints: [{ hash: 'sha-256', value: valueOf('fingerprint').slice('sha-256 '.length) }],
      queue,
      clock: performance,
      send: (datagram) => {
        this.dtlsSent.push(datagram);
        this.send(datagram);
      },
      handlers: { onConnected: (keys) => this.take(keys), onClosed: () => undefined },
    });
    port.listen(from, (datagram) => this.receive(datagram));
  }

  /** Sends a check that nominates. */
  check(): void {
    this.send(iceCheck(this.login.userName, this.login.password));
  }

  /** Resolves once media can flow. */
  async join(): Promise<this> {
    this.check();
    this.dtls.start();
    for (let turn = 0; turn < SETTLE_TURNS && !this.isConnected; turn += 1) await settle(1);
    if (!this.isConnected) throw new Error('the client and the engine did not connect');
    return this;
  }

  /** On both sides. */
  get isConnected(): boolean {
    return this.keys !== undefined && this.options.relay.connected.has(this.peerId);
  }

  send(datagram: Buffer): void {
    this.lastSent = datagram;
    this.options.port.send(datagram, this.from);
  }

  /**
   * An RTP packet, whatever it says, encrypted as its header has it.
   *
   * @param isNext it gets our SSRC and our next number; else it keeps what it has, and ROC 0
   */
  sealRtp(packet: Buffer, isNext: boolean): Buffer {
    const copy = Buffer.from(packet);
    let index = copy.readUInt16BE(2);
    if (isNext) {
      index = this.index;
      this.index += 1;
      copy.writeUInt16BE(index & 0xffff, 2);
      copy.writeUInt32BE(this.ssrc, 8);
    }
    const { profile } = this.keys!;
    const parts = srtpPacket(profile, Buffer.concat([copy, Buffer.alloc(TAG_BYTES[profile])]));
    const clear = parts?.clear ?? copy.subarray(0, RTP_HEADER_BYTES);
    const body = copy.subarray(clear.length);
    const sealed = this.rtp!.seal({ ssrc: copy.readUInt32BE(8), index, clear, body, indexWord: undefined });
    return Buffer.concat([clear, sealed.body, sealed.tag]);
  }

  /** As `SrtcpSender.seal`, copied. */
  sealRtcp(packet: Buffer): Buffer {
    return Buffer.from(this.rtcp!.seal(packet));
  }

  /** Sends the next packet of its sound, of 20 ms, whose payload ends with this number. */
  speak(number: number): void {
    const packet = Buffer.alloc(RTP_HEADER_BYTES + SOUND_BYTES, number & 0xff);
    packet.writeUInt16BE(0x8000 | PAYLOAD_TYPE, 0);
    packet.writeUInt32BE((this.index * 960) >>> 0, 4);
    packet.writeUInt32BE(number, packet.length - 4);
    this.send(this.sealRtp(packet, true));
  }

  get srtpProfile(): string | undefined {
    return this.keys?.profile;
  }

  /** Whether the relay let it go by itself. */
  get isClosedByRelay(): boolean {
    return this.options.relay.closed.has(this.peerId);
  }

  /** Goes without a word, and is closed by the relay. */
  close(): void {
    const { relay, port } = this.options;
    port.listen(this.from, undefined);
    relay.leave(this.peerId);
    this.dtls.close();
    this.certificate.free();
    this.rtp?.free();
    this.rtcp?.free();
    this.receiver?.free();
  }

  private offer(): ReducedOffer {
    const { role, dtlsRole = 'client' } = this.options;
    return {
      sections: [{ kind: 'audio', media: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', format: '111', mid: '0' }],
      iceUfrag: UFRAG,
      icePwd: 'a password of the client’s',
      fingerprints: [offered(this.certificate)],
      setup: dtlsRole === 'client' ? 'actpass' : 'passive',
      tlsId: undefined,
      origin: { identity: '- 1 IN IP4 127.0.0.1', version: '1' },
      audio: {
        mid: '0',
        bundled: true,
        payloadType: PAYLOAD_TYPE,
        audioLevelExtensionId: AUDIO_LEVEL_ID,
        direction: role === 'broadcaster' ? 'sendonly' : 'recvonly',
      },
    };
  }

  private take(keys: SrtpKeys): void {
    this.keys = keys;
    this.rtp = PacketCipher.derive(keys.profile, keys.local, 'rtp', 'seal');
    this.rtcp = new SrtcpSender(keys.profile, keys.local);
    this.receiver = new SrtpReceiver(keys.profile, keys.remote);
  }

  private receive(datagram: Buffer): void {
    if (isStun(datagram)) return;
    if (isDtls(datagram)) this.dtls.receive(datagram);
    else if (!isRtcp(datagram)) {
      const packet = this.receiver?.openRtp(datagram);
      const payload = packet && parseRtp(packet, undefined)?.payload;
      if (payload !== undefined && payload.length >= 4) this.heard.push(payload.readUInt32BE(payload.length - 4));
    }
  }
}
