import { OfferingPeer } from '../../../src/peer-kit/offering-peer.js';
import { RtpStream } from '../../../src/peer-kit/rtp-stream.js';
import { repeatTape } from '../sound/repeat-tape.js';
import { CONNECT_TIMEOUT_MS, type Client, type ClientPeer, type PeerSettings, type Suite } from './client.js';
import { packageVersion } from './package-version.js';

/** It neither encodes nor decodes, sends no RTCP, and does not tell its suite. */
export const libdatachannel: Client = {
  name: 'libdatachannel',
  title: 'libdatachannel (node-datachannel)',
  requirements: [],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: (settings) => Promise.resolve(new LibdatachannelPeer(settings)),
};

class LibdatachannelPeer implements ClientPeer {
  readonly version = packageVersion('node-datachannel');
  private readonly rtp = new RtpStream();
  private readonly peer: OfferingPeer;
  private stopTape = (): void => undefined;

  constructor(private readonly settings: PeerSettings) {
    const { role, ear } = settings;
    this.peer = new OfferingPeer(role === 'broadcaster' ? { ssrc: this.rtp.ssrc } : {});
    if (role === 'listener') this.peer.onRtp(({ payload }) => ear.opus(payload));
  }

  makeOffer(): Promise<string> {
    return this.peer.makeOffer();
  }

  async connect(answer: string): Promise<number> {
    const startMs = performance.now();
    this.peer.takeAnswer(answer);
    if (!(await this.peer.untilOpen(CONNECT_TIMEOUT_MS))) throw new Error('not connected');
    const connectMs = performance.now() - startMs;
    if (this.settings.role === 'broadcaster') {
      this.stopTape = repeatTape(this.settings.tape, ({ packet, durationSamples48k }) => {
        this.peer.send(this.rtp.next(packet, durationSamples48k));
      });
    }
    return connectMs;
  }

  suite(): Promise<Suite | undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    this.stopTape();
    this.peer.close();
    return Promise.resolve();
  }
}
