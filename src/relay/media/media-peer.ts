import { randomInt, randomUUID } from 'node:crypto';
import type { OpenPeerRequest, PeerCloseReason } from '../media-protocol.js';
import { composeAnswer, type ListenerTrack } from '../sdp/compose-answer.js';
import type { ReducedOffer } from '../sdp/reduced-offer.js';
import type { EnginePeer, Outgoing } from './engine/engine-peer.js';
import type { PeerContext } from './peer-context.js';

/** RFC 3264, 5: what a signed 64-bit number can be, and a number of JavaScript's. */
const MAX_SESSION_ID = 2 ** 47;

/** What a peer tells the relay. */
export interface PeerEvents {
  onConnected(): void;
  /** The first packet came from it, or went out to it. */
  onFlowing(): void;
  onClosed(reason: PeerCloseReason): void;
}

/** What broadcasters and listeners have in common: a connection that is answered, answered again, and closed. */
export abstract class MediaPeer {
  readonly peerId: string;
  readonly broadcastId: string;

  protected readonly engine: EnginePeer;
  /** The newest. */
  protected offer: ReducedOffer;
  /** Of the DTLS association (RFC 8842, 5.1), which is the peer's for its life. */
  private readonly tlsId = randomUUID();
  private readonly sessionId = randomInt(1, MAX_SESSION_ID);
  private sessionVersion = 0;

  /**
   * @param outgoing what the peer will get, if it listens
   * @param track what the answer tells of that
   */
  protected constructor(
    protected readonly request: OpenPeerRequest,
    protected readonly context: PeerContext,
    events: PeerEvents,
    outgoing?: Outgoing,
    private readonly track?: ListenerTrack,
  ) {
    this.peerId = request.peerId;
    this.broadcastId = request.broadcastId;
    this.offer = request.offer;
    this.engine = context.engine.openPeer(request.offer, outgoing, {
      onConnected: () => events.onConnected(),
      onRtp: (packet) => this.guard(() => this.receiveRtp(packet)),
      onRtcp: (packet) => this.guard(() => this.receiveRtcp(packet)),
      onClosed: (reason) => events.onClosed(reason),
    });
  }

  /** To the offer that it was opened with, or the last one since. Each answer is a version of its own (RFC 3264, 8). */
  answer(): string {
    const { engine, publicIps, opus } = this.context;
    const { ufrag: iceUfrag, pwd: icePwd } = this.engine.iceCredentials;
    this.sessionVersion += 1;
    return composeAnswer({
      offer: this.offer,
      transport: {
        iceUfrag,
        icePwd,
        fingerprint: this.engine.fingerprint,
        setup: this.engine.setup,
        tlsId: this.tlsId,
        hostAddresses: engine.addresses(),
        port: engine.port,
      },
      session: { id: this.sessionId, version: this.sessionVersion },
      publicIps,
      opus,
      ...(this.track === undefined ? {} : { track: this.track }),
    });
  }

  /**
   * The answer to a later offer of the same client (RFC 3264, 8). Other ICE credentials in it restart ICE (RFC 8839, 4.4).
   *
   * @throws Error when it renumbers its payload types, or wants the other DTLS role: only a new peer can follow
   */
  answerAgain(offer: ReducedOffer): string {
    const { audio, iceUfrag, icePwd } = this.offer;
    if (offer.audio.payloadType !== audio.payloadType) throw new Error('the payload type of Opus changed');
    if (offer.setup === this.engine.setup) throw new Error('the DTLS role changed');
    if (offer.iceUfrag !== iceUfrag || offer.icePwd !== icePwd) this.engine.restartIce();
    this.offer = offer;
    return this.answer();
  }

  /** Says goodbye and is gone. */
  close(): void {
    this.context.engine.closePeer(this.engine, this.goodbye());
  }

  /** Sends the RTCP report that is due, if one is; told once a second. */
  sendReport(): void {
    this.guard(() => this.sendDueReport());
  }

  private guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.context.onPeerError(this.request, error);
    }
  }

  protected abstract sendDueReport(): void;

  /** A decrypted packet, valid until this returns. */
  protected abstract receiveRtp(packet: Buffer): void;

  /** A decrypted compound packet, valid until this returns. */
  protected abstract receiveRtcp(packet: Buffer): void;

  /** The compound packet that ends this side's stream (RFC 3550, 6.6). */
  protected abstract goodbye(): Buffer | undefined;
}
