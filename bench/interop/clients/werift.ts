import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';
import { OPUS_PAYLOAD_TYPE } from '../../../src/peer-kit/offering-peer.js';
import { RtpStream } from '../../../src/peer-kit/rtp-stream.js';
import { until } from '../../../src/peer-kit/until.js';
import { repeatTape } from '../sound/repeat-tape.js';
import { CONNECT_TIMEOUT_MS, type Client, type ClientPeer, type PeerSettings, type Suite } from './client.js';
import { packageVersion } from './package-version.js';

const GATHERING_TIMEOUT_MS = 10_000;
/** By their numbers on the wire (RFC 5764, 4.1.2; RFC 7714, 14.2). */
const SUITES: Readonly<Record<number, Suite>> = { 1: 'AES128_CM_SHA1_80', 7: 'AEAD_AES_128_GCM' };

/** WebRTC in TypeScript. It neither encodes nor decodes. */
export const werift: Client = {
  name: 'werift',
  title: 'werift',
  requirements: [],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: (settings) => Promise.resolve(new WeriftPeer(settings)),
};

class WeriftPeer implements ClientPeer {
  readonly version = packageVersion('werift');
  private readonly peer = new RTCPeerConnection({
    iceServers: [],
    codecs: {
      audio: [
        new RTCRtpCodecParameters({
          mimeType: 'audio/opus',
          clockRate: 48_000,
          channels: 2,
          payloadType: OPUS_PAYLOAD_TYPE,
        }),
      ],
    },
  });
  private readonly track = new MediaStreamTrack({ kind: 'audio' });
  private stopTape = (): void => undefined;

  constructor(private readonly settings: PeerSettings) {
    if (settings.role === 'broadcaster') {
      this.peer.addTransceiver(this.track, { direction: 'sendonly' });
      return;
    }
    this.peer.addTransceiver('audio', { direction: 'recvonly' });
    this.peer.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ payload }) => settings.ear.opus(payload));
    });
  }

  async makeOffer(): Promise<string> {
    await this.peer.setLocalDescription(await this.peer.createOffer());
    if (!(await until(() => this.peer.iceGatheringState === 'complete', GATHERING_TIMEOUT_MS))) {
      throw new Error('no local address was found');
    }
    return this.peer.localDescription?.sdp ?? '';
  }

  async connect(answer: string): Promise<number> {
    const startMs = performance.now();
    // It resolves when the connection is made, and waits for no deadline of ours.
    const taken = this.peer.setRemoteDescription({ type: 'answer', sdp: answer });
    const connected = until(() => this.peer.connectionState === 'connected', CONNECT_TIMEOUT_MS);
    await Promise.race([taken.then(() => connected), connected]);
    if (!(await connected)) throw new Error(`not connected but ${this.peer.connectionState}`);
    const connectMs = performance.now() - startMs;
    if (this.settings.role === 'broadcaster') {
      const rtp = new RtpStream();
      this.stopTape = repeatTape(this.settings.tape, ({ packet, durationSamples48k }) => {
        this.track.writeRtp(rtp.next(packet, durationSamples48k));
      });
    }
    return connectMs;
  }

  suite(): Promise<Suite | undefined> {
    const profile = this.peer.dtlsTransports[0]?.dtls?.srtp.srtpProfile;
    return Promise.resolve(profile === undefined ? undefined : SUITES[profile]);
  }

  async close(): Promise<void> {
    this.stopTape();
    await this.peer.close();
  }
}
