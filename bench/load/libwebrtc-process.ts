/// <reference lib="dom" />
import wrtc from 'wrtc';
import { answerIn } from '../../src/peer-kit/post-offer.js';
import type { LibwebrtcRequests, RelayTarget } from './load-protocol.js';
import { offerTo } from './offer.js';
import { serveRequests } from './serve-requests.js';

/** A process whose listeners are libwebrtc, as browsers are: how soon the relay lets those in. */

const peers: RTCPeerConnection[] = [];

function until(peer: RTCPeerConnection, event: string, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isSo()) resolve();
    };
    peer.addEventListener(event, look);
    look();
  });
}

async function join(target: RelayTarget): Promise<number> {
  const peer = new wrtc.RTCPeerConnection();
  peers.push(peer);
  peer.addTransceiver('audio', { direction: 'recvonly' });
  await peer.setLocalDescription(await peer.createOffer());
  await until(peer, 'icegatheringstatechange', () => peer.iceGatheringState === 'complete');
  const sdp = answerIn(await offerTo(target, '/consumer', peer.localDescription?.sdp ?? '', 'libwebrtc'));
  if (sdp === undefined) throw new Error('the relay refused libwebrtc');
  const answeredAtMs = performance.now();
  await peer.setRemoteDescription({ type: 'answer', sdp });
  await until(peer, 'connectionstatechange', () => peer.connectionState === 'connected');
  return performance.now() - answeredAtMs;
}

serveRequests<LibwebrtcRequests>({
  join: async (target) => ({ answerToConnectedMs: await join(target) }),
});
