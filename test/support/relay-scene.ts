import { fileURLToPath } from 'node:url';
import { Daemon } from './daemon.js';
import { childOnUdpPort, childrenOf, udpPortsOf } from './processes.js';
import { RtpBroadcaster, type RtpBroadcasterOptions } from './rtp-broadcaster.js';
import { RtpListener, type RtpListenerOptions } from './rtp-listener.js';
import { startServer, type TestServer } from './server.js';
import { mediaPort, type Answer } from './signaling.js';
import { ToneBroadcaster, type ToneBroadcasterOptions } from './tone-broadcaster.js';
import { ToneListener, type ToneListenerOptions } from './tone-listener.js';

const TONE_PEER = fileURLToPath(new URL('tone-peer.process.ts', import.meta.url));
const IMPORTS = new URL('typescript-imports.mjs', import.meta.url).href;
/** Of what broadcasters send when a test does not say. */
const FREQUENCY_HZ = 1_000;

type Defaults = 'url' | 'connectionID' | 'frequencyHz';
type Optional<Options> = Partial<Options> & Omit<Options, Defaults>;

interface ListedListener {
  readonly version?: string | number;
  readonly state: string;
  readonly randomID: string;
}

/** A real server and the peers around it; all of them are gone at its end, peers first. */
export class RelayScene implements AsyncDisposable {
  /** What peers name when a test does not say. */
  readonly masjid = 'an-noor';
  private readonly peers: { close(): void }[] = [];
  private readonly processes: Daemon[] = [];

  private constructor(readonly server: TestServer) {}

  /** @param env on top of the test configuration */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<RelayScene> {
    return new RelayScene(await startServer(env));
  }

  async broadcaster(options: Optional<ToneBroadcasterOptions> = {}): Promise<ToneBroadcaster> {
    return this.keep(await ToneBroadcaster.start({ ...this.labels, frequencyHz: FREQUENCY_HZ, ...options }));
  }

  async listener(options: Optional<ToneListenerOptions> = {}): Promise<ToneListener> {
    return this.keep(await ToneListener.join({ ...this.labels, ...options }));
  }

  /** A listener that hears what the broadcaster sends when the test does not say. */
  async hearer(options: Optional<ToneListenerOptions> = {}): Promise<ToneListener> {
    const listener = await this.listener(options);
    await listener.untilHears(FREQUENCY_HZ);
    return listener;
  }

  async rtpListener(options: Optional<RtpListenerOptions> = {}): Promise<RtpListener> {
    return this.keep(await RtpListener.join({ ...this.labels, ...options }));
  }

  /** Sends a packet every 60 ms. */
  async speaker(options: Optional<RtpBroadcasterOptions> = {}): Promise<RtpBroadcaster> {
    const broadcaster = await this.rtpBroadcaster(options);
    broadcaster.speak();
    return broadcaster;
  }

  /** Sends nothing until it is told to. */
  async rtpBroadcaster(options: Optional<RtpBroadcasterOptions> = {}): Promise<RtpBroadcaster> {
    return this.keep(await RtpBroadcaster.start({ ...this.labels, ...options }));
  }

  /** A peer in another process, which can be killed; connected. */
  async peerProcess(role: 'broadcast' | 'listen'): Promise<Daemon> {
    const { url, connectionID } = this.labels;
    const command = [process.execPath, '--import', IMPORTS, TONE_PEER, role, url, connectionID, String(FREQUENCY_HZ)];
    const env = { PATH: process.env['PATH'] };
    const peer = await Daemon.start(command, ({ lines }) => lines.includes('connected'), { env });
    this.processes.push(peer);
    return peer;
  }

  /** What `GET /broadcast` says. */
  async broadcasts(): Promise<Record<string, ListedListener[]>> {
    const response = await fetch(`${this.server.url}/broadcast`);
    return (await response.json()) as Record<string, ListedListener[]>;
  }

  /** The listeners of the one masjid, by the state that `GET /broadcast` gives. */
  async listenerStates(): Promise<string[] | undefined> {
    return (await this.broadcasts())[this.masjid]?.map(({ state }) => state);
  }

  /** One series of `GET /metrics`, with its labels as they are printed there. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.server.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    if (line === undefined) throw new Error(`/metrics has no ${series}`);
    return Number(line.slice(series.length + 1));
  }

  /** The process of the media worker that an answer leads to. */
  workerPid({ sdp }: Answer): Promise<number> {
    return childOnUdpPort(this.server.pid, mediaPort(sdp));
  }

  /** UDP ports of all media workers. */
  async mediaPorts(): Promise<number[]> {
    const workers = await childrenOf(this.server.pid);
    return (await Promise.all(workers.map(udpPortsOf))).flatMap((ports) => [...ports]);
  }

  /** How often the server logged that a broadcast came into a state. */
  changesTo(state: string): number {
    return this.server.logs().filter((line) => line.includes('broadcast changed') && line.includes(`"${state}"`))
      .length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.close();
    await Promise.all(this.processes.map((peer) => peer.kill()));
    await this.server.close();
  }

  private get labels(): { readonly url: string; readonly connectionID: string } {
    return { url: this.server.url, connectionID: this.masjid };
  }

  private keep<Peer extends { close(): void }>(peer: Peer): Peer {
    this.peers.push(peer);
    return peer;
  }
}
