import wrtc from 'wrtc';
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { composeAnswer, readEngineTransport, type ListenerTrack } from './compose-answer.js';
import { engineOffer } from './engine-offer.js';
import { reduceOffer } from './reduce-offer.js';

const CONNECT_TIMEOUT_MS = 15_000;
const FRAMES_PER_10_MS = 480;
const TRACK: ListenerTrack = { ssrc: 1234, cname: 'relay', streamId: 'azaan', trackId: 'voice' };

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

describe.each([
  ['audio alone', false],
  ['audio bundled with video and data', true],
])('a libwebrtc peer that offers %s', (_what, bundled) => {
  it('takes the answer as a broadcaster, and its voice reaches the engine', async () => {
    const peer = makePeer();
    const source = new wrtc.nonstandard.RTCAudioSource();
    if (bundled) peer.addTransceiver('video');
    peer.addTrack(source.createTrack(), new wrtc.MediaStream());
    if (bundled) peer.createDataChannel('chat');
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

  it('takes the answer as a listener, and gets one stream', async () => {
    const peer = makePeer();
    if (bundled) peer.addTransceiver('video');
    peer.addTransceiver('audio', { direction: 'sendrecv' });
    if (bundled) peer.createDataChannel('chat');
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

describe('a libwebrtc peer that offers audio twice', () => {
  it('takes the answer as a broadcaster with two microphones: the first is heard', async () => {
    const peer = makePeer();
    const source = new wrtc.nonstandard.RTCAudioSource();
    peer.addTrack(source.createTrack(), new wrtc.MediaStream());
    peer.addTrack(new wrtc.nonstandard.RTCAudioSource().createTrack(), new wrtc.MediaStream());
    const received: Buffer[] = [];

    const answer = await answerAsRelay(await gatheredOffer(peer), undefined, (track) => {
      track.onMessage((packet) => received.push(packet));
    });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    const speaking = setInterval(() => source.onData(silence()), 10);
    cleanups.push(() => clearInterval(speaking));

    await vi.waitFor(() => expect(received.filter(isOpus111).length).toBeGreaterThan(5), CONNECT_TIMEOUT_MS);
  });

  it('takes the answer as a listener that would speak too: it hears where it listens', async () => {
    const peer = makePeer();
    peer.addTransceiver('audio', { direction: 'sendonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    const streams: number[] = [];
    peer.ontrack = ({ streams: { length } }) => streams.push(length);

    const answer = await answerAsRelay(await gatheredOffer(peer), TRACK);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });

    await vi.waitFor(() => expect(peer.connectionState).toBe('connected'), CONNECT_TIMEOUT_MS);
    expect(streams).toEqual([1]);
  });
});

function makePeer(): InstanceType<typeof wrtc.RTCPeerConnection> {
  const peer = new wrtc.RTCPeerConnection();
  cleanups.push(() => peer.close());
  return peer;
}

async function gatheredOffer(peer: InstanceType<typeof wrtc.RTCPeerConnection>): Promise<string> {
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
