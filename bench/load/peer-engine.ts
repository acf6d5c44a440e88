import nodeDataChannel, { type Audio, type PeerConnection, type Track } from 'node-datachannel';

const GATHERING_TIMEOUT_MS = 5_000;
const POLL_MS = 5;
export const OPUS_PAYLOAD_TYPE = 111;
const OPUS_FORMAT = 'minptime=10;useinbandfec=1';

// Failures are seen in the states that are polled; what the engine says about them would only fill the terminal.
nodeDataChannel.initLogger('Fatal', () => undefined);

export interface PeerOptions {
  readonly name: string;
  readonly bindAddress: string | undefined;
  /** Of a sender; a listener has none. */
  readonly ssrc?: number;
}

export interface OfferingPeer {
  readonly peer: PeerConnection;
  readonly track: Track;
}

/** A peer with one Opus track, and nothing sent yet. Callbacks cost, so none is registered: its state is polled. */
export function createPeer({ name, bindAddress, ssrc }: PeerOptions): OfferingPeer {
  const peer = new nodeDataChannel.PeerConnection(name, {
    iceServers: [],
    disableAutoNegotiation: true,
    ...(bindAddress === undefined ? {} : { bindAddress }),
  });
  const audio: Audio = new nodeDataChannel.Audio('0', ssrc === undefined ? 'RecvOnly' : 'SendOnly');
  audio.addOpusCodec(OPUS_PAYLOAD_TYPE, OPUS_FORMAT);
  if (ssrc !== undefined) audio.addSSRC(ssrc, name, name, `${name}-audio`);
  return { peer, track: peer.addTrack(audio) };
}

/** The whole offer, all candidates inside. */
export async function gatherOffer(peer: PeerConnection): Promise<string> {
  peer.setLocalDescription('offer');
  await until(() => peer.gatheringState() === 'complete', GATHERING_TIMEOUT_MS);
  return peer.localDescription()?.sdp ?? '';
}

/** Resolves to whether `condition` came true in time. */
export async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
