import wrtc from 'wrtc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { composeAnswer, type ListenerTrack } from './compose-answer.js';
import { reduceOffer } from './reduce-offer.js';

const GATHER_TIMEOUT_MS = 15_000;
const TRACK: ListenerTrack = { ssrc: 1234, cname: 'relay', streamId: 'azaan', trackId: 'voice' };

type Peer = InstanceType<typeof wrtc.RTCPeerConnection>;

const peers: Peer[] = [];

afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
});

describe('a libwebrtc peer that offers', () => {
  const speak = (peer: Peer): void => {
    peer.addTrack(new wrtc.nonstandard.RTCAudioSource().createTrack(), new wrtc.MediaStream());
  };

  it.each<[what: string, offer: (peer: Peer) => void]>([
    ['audio alone', speak],
    [
      'audio bundled with video and data',
      (peer) => {
        peer.addTransceiver('video');
        speak(peer);
        peer.createDataChannel('chat');
      },
    ],
    [
      'two microphones',
      (peer) => {
        speak(peer);
        speak(peer);
      },
    ],
  ])('%s takes the answer as a broadcaster, and sends one voice', async (_what, offer) => {
    const peer = makePeer();
    offer(peer);
    await takeAnswer(peer);
    const sending = peer.getTransceivers().filter(({ currentDirection }) => currentDirection === 'sendonly');
    expect(sending).toHaveLength(1);
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
    await takeAnswer(peer, TRACK);
    expect(streams).toEqual([1]);
  });

  it('takes a second answer to the same session, with other ICE credentials', async () => {
    const peer = makePeer();
    peer.addTransceiver('audio', { direction: 'recvonly' });
    await takeAnswer(peer, TRACK);
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
    await takeAnswer(peer, TRACK, 2);
    expect(peer.signalingState).toBe('stable');
  });
});

function makePeer(): Peer {
  const peer = new wrtc.RTCPeerConnection();
  peers.push(peer);
  return peer;
}

/** Offers, and takes what the relay would answer. */
async function takeAnswer(peer: Peer, track?: ListenerTrack, version = 1): Promise<void> {
  if (peer.signalingState === 'stable') await peer.setLocalDescription(await peer.createOffer());
  await vi.waitFor(() => expect(peer.iceGatheringState).toBe('complete'), GATHER_TIMEOUT_MS);
  const offer = reduceOffer(peer.localDescription!.sdp, track === undefined ? 'broadcaster' : 'listener');
  const sdp = composeAnswer({
    offer,
    transport: {
      iceUfrag: `WCpz${version}`,
      icePwd: `mFCiLvrBBZ4UG4JiOfxNhs${version}`,
      fingerprint: `sha-256 ${'79:E4:'.repeat(15)}79:E4`,
      setup: 'passive',
      tlsId: 'c2b6a1f09d3e47a58bd2',
      hostAddresses: ['127.0.0.1'],
      port: 9,
    },
    session: { id: 1, version },
    publicIps: [],
    opus: { ptimeMs: 60, maxBitrate: 24_000 },
    ...(track === undefined ? {} : { track }),
  });
  await peer.setRemoteDescription({ type: 'answer', sdp });
}
