import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import wrtc from 'wrtc';
import { end, listen } from './loopback.js';

/** What was posted to `/broadcast`. */
export interface PostedOffer {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly connectionID: string; readonly version: unknown; readonly sdp: RTCSessionDescriptionInit };
}

/**
 * The smallest server that a broadcaster can speak to: it answers each offer with a libwebrtc peer of its own and
 * listens to what comes.
 */
export class HearingServer implements AsyncDisposable {
  url = '';
  readonly offers: PostedOffer[] = [];
  /** Loudest sample heard since the last answer, 0 to 1. */
  peak = 0;
  /** Answers instead of the usual, one a request. */
  readonly refusals: { status: number; headers?: Record<string, string>; body: unknown }[] = [];

  private peers: RTCPeerConnection[] = [];
  private sinks: wrtc.nonstandard.RTCAudioSink[] = [];
  private readonly http = createServer((request, response) => {
    void this.answer(request).then(({ status, headers, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });

  static async start(): Promise<HearingServer> {
    const server = new HearingServer();
    server.url = `http://127.0.0.1:${await listen(server.http)}`;
    return server;
  }

  /** Ends every connection without telling the broadcaster over HTTP. */
  dropPeers(): void {
    for (const sink of this.sinks) sink.stop();
    for (const peer of this.peers) peer.close();
    this.sinks = [];
    this.peers = [];
  }

  /** RTP packets that the newest peer received. */
  async packetsReceived(): Promise<number> {
    const stats = await this.peers.at(-1)!.getStats();
    const inbound = [...stats.values()].find((entry: { type: string }) => entry.type === 'inbound-rtp') as
      { packetsReceived: number } | undefined;
    return inbound?.packetsReceived ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropPeers();
    await end(this.http);
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; headers?: object; body: unknown }> {
    const body = (await json(request)) as PostedOffer['body'];
    // Nobody broadcasts for a listener who asks: so an offer to `/consumer` is answered as a relay answers then.
    if (request.url === '/consumer') return { status: 200, body: {} };
    this.offers.push({ headers: request.headers, body });
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    this.peak = 0;
    const sdp = await this.connect(body.sdp);
    return { status: 200, body: { sdp: { type: 'answer', sdp }, connectionID: body.connectionID } };
  }

  private async connect(offer: RTCSessionDescriptionInit): Promise<string> {
    const peer = new wrtc.RTCPeerConnection();
    this.peers.push(peer);
    peer.ontrack = ({ track }) => {
      const sink = new wrtc.nonstandard.RTCAudioSink(track);
      this.sinks.push(sink);
      sink.ondata = ({ samples }: { samples: Int16Array }) => {
        for (const sample of samples) this.peak = Math.max(this.peak, Math.abs(sample) / 32_768);
      };
    };
    await peer.setRemoteDescription(offer);
    await peer.setLocalDescription(await peer.createAnswer());
    while (peer.iceGatheringState !== 'complete') {
      await new Promise((resolve) => peer.addEventListener('icegatheringstatechange', resolve, { once: true }));
    }
    return peer.localDescription!.sdp;
  }
}
