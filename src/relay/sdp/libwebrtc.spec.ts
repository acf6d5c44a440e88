import wrtc from 'wrtc';
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { composeAnswer, readEngineTransport, type ListenerTrack } from './compose-answer.js';
import { engineOffer } from './engine-offer.js';
import { reduceOffer } from './reduce-offer.js';

const CONNECT_TIMEOUT_MS = 15_000;
const FRAMES_PER_10_MS = 480;
const TRACK: ListenerTrack = { ssrc: 1234, cname: 'relay', streamId: 'azaan', trackId: 'voice' };

type Peer = InstanceType<typeof wrtc.RTCPeerConnection>;

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

describe('a libwebrtc peer that offers', () => {
  const microphone = (source = new wrtc.nonstandard.RTCAudioSource()) => source.createTrack();
  const speak = (peer: Peer, track: MediaStreamTrack) => peer.addTrack(track, new wrtc.MediaStream());

  it.each<[what: string, offer: (peer: Peer, voice: MediaStreamTrack) => void]>([
    ['audio alone', speak],
    [
      'audio bundled with video and data',
      (peer, voice) => {
        peer.addTransceiver('video');
        speak(peer, voice);
        peer.createDataChannel('chat');
      },
    ],
    [
      'two microphones',
      (peer, voice) => {
        speak(peer, voice);
        speak(peer, microphone());
      },
    ],
  ])('%s takes the answer as a broadcaster, and its first voice reaches the engine', async (_what, offer) => {
    const peer = makePeer();
    const source = new wrtc.nonstandard.RTCAudioSource();
    offer(peer, microphone(source));
    const received: Buffer[] = [];

    const answer = await answerAsRelay(await gatheredOffer(peer), undefined, (track) => {
      track.onMessage((packet) => received.push(packet));
    });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    const speaking = setInterval(() => source.onData(silence()), 10);
    cleanups.push(() => clearInterval(speaking));

    await vi.waitFor(() => expect(received.filter(isOpus111).length).toBeGreaterThan(5), CONNECT_TIMEOUT_MS);
    expect(peer.connectionState).toBe('connected');
  });

  it.each<[what: string, offer: (peer: Peer) => void]>([
    ['audio alone', (peer) => peer.addTransceiver('audio', { direction: 'sendrecv' })],
    [
      'audio bundled with video and data',
      (peer) => {
        peer.addTransceiver('video');
        peer.addTransceiver('audio', { direction: 'sendrecv' });
        peer.createDataChannel('chat');
      },
    ],
    [
      'audio in each direction',
      (peer) => {
        peer.addTransceiver('audio', { direction: 'sendonly' });
        peer.addTransceiver('audio', { direction: 'recvonly' });
      },
    ],
  ])('%s takes the answer as a listener, and gets one stream where it listens', async (_what, offer) => {
    const peer = makePeer();
    offer(peer);
    const streams: number[] = [];
    peer.ontrack = ({ track, streams: { length } }) => {
      if (track.kind === 'audio') streams.push(length);
    };

    const answer = await answerAsRelay(await gatheredOffer(peer), TRACK);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });

    await vi.waitFor(() => expect(peer.connectionState).toBe('connected'), CONNECT_TIMEOUT_MS);
    expect(streams).toEqual([1]);
  });
});

function makePeer(): Peer {
  const peer = new wrtc.RTCPeerConnection();
  cleanups.push(() => peer.close());
  return peer;
}

async function gatheredOffer(peer: Peer): Promise<string> {
  await peer.setLocalDescription(await peer.createOffer());
  await vi.waitFor(() => expect(peer.iceGatheringState).toBe('complete'), CONNECT_TIMEOUT_MS);
  return peer.localDescription!.sdp;
}

/** Answers the way a media worker does. */
async function answerAsRelay(
  offerSdp: string,
  track: ListenerTrack | undefined,
  onTrack: (track: Track) => void = () => {},
): Promise<string> {
  const offer = reduceOffer(offerSdp, track === undefined ? 'broadcaster' : 'listener');
  const connection: PeerConnection = new nodeDataChannel.PeerConnection('relay', {
    iceServers: [],
    bindAddress: '127.0.0.1',
    disableAutoNegotiation: true,
    forceMediaTransport: true,
  });
  cleanups.push(() => connection.close());
  const media = new nodeDataChannel.Audio(offer.audio.mid, track === undefined ? 'RecvOnly' : 'SendOnly');
  media.addOpusCodec(offer.audio.payloadType);
  if (track !== undefined) media.addSSRC(track.ssrc, track.cname, track.streamId, track.trackId);
  const engineTrack = connection.addTrack(media);
  // What nobody holds is collected, and hears nothing more.
  cleanups.push(() => engineTrack.close());
  onTrack(engineTrack);
  connection.setRemoteDescription(engineOffer(offer, track === undefined ? 'sendonly' : 'recvonly'), 'offer');
  connection.setLocalDescription('answer');
  await vi.waitFor(() => expect(connection.gatheringState()).toBe('complete'), CONNECT_TIMEOUT_MS);
  return composeAnswer({
    offer,
    transport: readEngineTransport(connection.localDescription()!.sdp),
    publicIps: [],
    opus: { ptimeMs: 60, maxBitrate: 24_000 },
    ...(track === undefined ? {} : { track }),
  });
}

function silence() {
  return {
    samples: new Int16Array(FRAMES_PER_10_MS),
    sampleRate: 48_000,
    bitsPerSample: 16,
    channelCount: 1,
    numberOfFrames: FRAMES_PER_10_MS,
  };
}

function isOpus111(packet: Buffer): boolean {
  return (packet[1]! & 0x7f) === 111;
}
