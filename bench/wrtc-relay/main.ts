/// <reference lib="dom" />
import { createServer, type IncomingMessage } from 'node:http';
import wrtc from 'wrtc';

/**
 * The baseline: a relay the way it was done before, on libwebrtc in one Node process. Every listener is a peer
 * connection that the broadcaster's received track is added to, so that each packet is decoded once and encoded again
 * for every listener. It speaks the same HTTP contract as the product.
 */

interface Listener {
  readonly peer: RTCPeerConnection;
  readonly version: unknown;
}

interface Broadcast {
  readonly peer: RTCPeerConnection;
  stream: MediaStream | undefined;
  readonly listeners: Map<number, Listener>;
}

interface OfferBody {
  readonly connectionID: string | number;
  readonly version?: string | number;
  readonly sdp: RTCSessionDescriptionInit;
}

const GATHERING_TIMEOUT_MS = 5_000;
const broadcasts = new Map<string, Broadcast>();
let nextListener = 1;

async function answer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription(await peer.createAnswer());
  const deadline = Date.now() + GATHERING_TIMEOUT_MS;
  while (peer.iceGatheringState !== 'complete' && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return peer.localDescription?.sdp ?? '';
}

async function startBroadcast(body: OfferBody): Promise<object> {
  const key = String(body.connectionID);
  broadcasts.get(key)?.peer.close();
  const peer = new wrtc.RTCPeerConnection();
  const broadcast: Broadcast = { peer, stream: undefined, listeners: new Map() };
  peer.ontrack = (event) => (broadcast.stream = event.streams[0] ?? new wrtc.MediaStream([event.track]));
  broadcasts.set(key, broadcast);
  await peer.setRemoteDescription(body.sdp);
  return { sdp: { type: 'answer', sdp: await answer(peer) }, connectionID: body.connectionID, version: body.version };
}

async function joinBroadcast(body: OfferBody): Promise<object> {
  const broadcast = broadcasts.get(String(body.connectionID));
  const stream = broadcast?.stream;
  if (!broadcast || !stream) return {};
  const peer = new wrtc.RTCPeerConnection();
  const id = nextListener++;
  broadcast.listeners.set(id, { peer, version: body.version });
  peer.onconnectionstatechange = () => {
    if (peer.connectionState !== 'failed' && peer.connectionState !== 'closed') return;
    peer.close();
    broadcast.listeners.delete(id);
  };
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
  await peer.setRemoteDescription(body.sdp);
  return { sdp: { type: 'answer', sdp: await answer(peer) }, connectionID: body.connectionID, version: body.version };
}

function listBroadcasts(): object {
  const list = [...broadcasts].map(([key, { listeners }]) => [
    key,
    [...listeners].map(([id, { peer, version }]) => ({
      connectionID: key,
      version,
      state: peer.connectionState,
      randomID: String(id),
    })),
  ]);
  return Object.fromEntries(list) as object;
}

async function readBody(request: IncomingMessage): Promise<OfferBody> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as OfferBody;
}

async function handle(request: IncomingMessage): Promise<object | undefined> {
  switch (`${request.method ?? ''} ${request.url ?? ''}`) {
    case 'POST /broadcast':
      return startBroadcast(await readBody(request));
    case 'POST /consumer':
      return joinBroadcast(await readBody(request));
    case 'GET /broadcast':
      return listBroadcasts();
    case 'GET /healthz':
      return {};
    default:
      return undefined;
  }
}

const server = createServer((request, response) => {
  handle(request).then(
    (body) => {
      response.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
    },
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
