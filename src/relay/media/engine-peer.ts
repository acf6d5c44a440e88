import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import nodeDataChannel, {
  type Audio,
  type LocalDescriptionInit,
  type PeerConnection,
  type RtcConfig,
  type Track,
} from 'node-datachannel';

/** How long the engine may take to list its own addresses; it asks nobody, so this is generous. */
const GATHERING_TIMEOUT_MS = 2_000;
const GATHERING_POLL_MS = 1;
/** In base64, 16 and 24 ICE characters. */
const ICE_UFRAG_BYTES = 12;
const ICE_PWD_BYTES = 18;

export interface EngineSettings {
  readonly bindAddress: string | undefined;
}

export type EngineState = 'connecting' | 'connected' | 'closed' | 'failed';

/**
 * One libdatachannel peer with one audio track. It registers no state callbacks: each would be a libuv handle
 * that every wake-up of the process walks past, so the owner polls `state()` instead.
 */
export class EnginePeer {
  private closed = false;

  private constructor(
    private readonly connection: PeerConnection,
    private readonly track: Track,
  ) {}

  /**
   * @param offerSdp a reduced offer: one audio section, no candidates
   * @throws Error when the engine refuses the offer; nothing is left behind
   */
  static open(name: string, settings: EngineSettings, udpPort: number, media: Audio, offerSdp: string): EnginePeer {
    return EnginePeer.create(name, engineConfig(settings, udpPort), media, (connection) => {
      connection.setRemoteDescription(offerSdp, 'offer');
      connection.setLocalDescription('answer', iceCredentials());
    });
  }

  /** A peer that nobody will ever answer. @throws Error when the engine refuses; nothing is left behind */
  static openIdle(name: string, settings: EngineSettings, udpPort: number): EnginePeer {
    return EnginePeer.create(
      name,
      engineConfig(settings, udpPort),
      new nodeDataChannel.Audio('0', 'RecvOnly'),
      (connection) => connection.setLocalDescription('offer', iceCredentials()),
    );
  }

  private static create(
    name: string,
    config: RtcConfig,
    media: Audio,
    describe: (connection: PeerConnection) => void,
  ): EnginePeer {
    const connection = new nodeDataChannel.PeerConnection(name, config);
    try {
      const track = connection.addTrack(media);
      describe(connection);
      return new EnginePeer(connection, track);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** The engine's own description, once it knows its addresses. */
  async localSdp(): Promise<string> {
    const deadline = performance.now() + GATHERING_TIMEOUT_MS;
    while (this.connection.gatheringState() !== 'complete') {
      if (this.closed || performance.now() > deadline)
        throw new Error('the media engine found no local address in time');
      await sleep(GATHERING_POLL_MS);
    }
    const description = this.connection.localDescription();
    if (description === null) throw new Error('the media engine gave no description');
    return description.sdp;
  }

  state(): EngineState {
    if (this.closed) return 'closed';
    const state = this.connection.state();
    switch (state) {
      case 'new':
      case 'connecting':
        return 'connecting';
      // ICE may still come back from `disconnected`; `failed` follows when it does not.
      case 'disconnected':
      case 'connected':
        return 'connected';
      case 'failed':
        return 'failed';
      case 'closed':
        return 'closed';
      default:
        return state satisfies never;
    }
  }

  /**
   * Calls back with every decrypted RTP and RTCP datagram. An exception inside an engine callback aborts the process, so
   * none leaves this one.
   */
  onDatagram(handle: (datagram: Buffer) => void, onError: (error: unknown) => void): void {
    this.track.onMessage((datagram) => {
      try {
        if (!this.closed) handle(datagram);
      } catch (error) {
        onError(error);
      }
    });
  }

  /** @returns false when the engine refused it, as it does on a track that is not open yet or any more */
  send(datagram: Buffer): boolean {
    if (this.closed) return false;
    try {
      return this.track.sendMessageBinary(datagram);
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.track.close();
    this.connection.close();
  }
}

/**
 * The engine's own user name fragments have 24 bits, the least that RFC 8839 allows: among a thousand peers a stranger would
 * hit one with every 17,000th guess, and the engine does more for an address that named a peer than it should. It takes
 * a fragment only together with a password.
 */
function iceCredentials(): LocalDescriptionInit {
  return {
    iceUfrag: randomBytes(ICE_UFRAG_BYTES).toString('base64'),
    icePwd: randomBytes(ICE_PWD_BYTES).toString('base64'),
  };
}

function engineConfig(settings: EngineSettings, udpPort: number): RtcConfig {
  const { bindAddress } = settings;
  return {
    iceServers: [],
    enableIceUdpMux: true,
    portRangeBegin: udpPort,
    portRangeEnd: udpPort,
    disableAutoNegotiation: true,
    forceMediaTransport: true,
    ...(bindAddress === undefined ? {} : { bindAddress }),
  };
}
