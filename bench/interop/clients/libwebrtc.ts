/// <reference lib="dom" />
import wrtc from 'wrtc';
import { until } from '../../../src/peer-kit/until.js';
import { ToneSource } from '../../../test/support/tone.js';
import { TONE_HZ } from '../sound/tone-meter.js';
import {
  CONNECT_TIMEOUT_MS,
  suiteNamed,
  type Client,
  type ClientPeer,
  type PeerSettings,
  type Suite,
} from './client.js';
import { packageVersion } from './package-version.js';

const GATHERING_TIMEOUT_MS = 5_000;

/** libwebrtc as Node has it. It encodes and decodes, and is the far end of every other client. */
export const libwebrtc: Client = {
  name: 'libwebrtc',
  title: 'libwebrtc (wrtc)',
  requirements: [],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: (settings) => Promise.resolve(new LibwebrtcPeer(settings)),
};

class LibwebrtcPeer implements ClientPeer {
  readonly version = packageVersion('wrtc');
  private readonly peer = new wrtc.RTCPeerConnection();
  private tone: ToneSource | undefined;
  private sink: wrtc.nonstandard.RTCAudioSink | undefined;

  constructor(private readonly settings: PeerSettings) {
    if (settings.role === 'broadcaster') {
      this.tone = new ToneSource(TONE_HZ);
      this.peer.addTrack(this.tone.track, new wrtc.MediaStream([this.tone.track]));
      return;
    }
    this.peer.addTransceiver('audio', { direction: 'recvonly' });
    this.peer.ontrack = ({ track }) => {
      this.sink = new wrtc.nonstandard.RTCAudioSink(track);
      this.sink.ondata = ({ samples, sampleRate }: { samples: Int16Array; sampleRate: number }) => {
        settings.ear.pcm(samples, sampleRate);
      };
    };
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
    const connected = new Promise<number>((resolve) => {
      this.peer.onconnectionstatechange = () => {
        if (this.peer.connectionState === 'connected') resolve(performance.now() - startMs);
      };
    });
    const sdp = this.settings.shortPackets ? answer.replace(/^a=(?:max)?ptime:.*\r?\n/gm, '') : answer;
    await this.peer.setRemoteDescription({ type: 'answer', sdp });
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`not connected but ${this.peer.connectionState}`)), CONNECT_TIMEOUT_MS).unref();
    });
    return Promise.race([connected, late]);
  }

  async suite(): Promise<Suite | undefined> {
    const stats = [...(await this.peer.getStats()).values()] as { type: string; srtpCipher?: string }[];
    return suiteNamed(stats.find(({ type }) => type === 'transport')?.srtpCipher);
  }

  close(): Promise<void> {
    this.sink?.stop();
    this.tone?.close();
    this.peer.close();
    return Promise.resolve();
  }
}
