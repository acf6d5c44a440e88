/// <reference lib="dom" />

/**
 * What runs inside the pages of browsers. Each function goes there as its own text, so it can use nothing of this file but
 * types; what lasts between them is kept in `window`.
 */

interface Interop {
  readonly peer: RTCPeerConnection;
  analyser?: AnalyserNode;
}

type InteropWindow = typeof window & { interop: Interop };

/** Opens a peer connection. Resolves to its offer, once all candidates are in it. */
export async function openPeer(role: string): Promise<string> {
  const peer = new RTCPeerConnection();
  const interop: Interop = { peer };
  (window as unknown as InteropWindow).interop = interop;
  if (role === 'broadcaster') {
    // Noise suppression would take away a tone that never changes.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    for (const track of stream.getTracks()) peer.addTrack(track, stream);
  } else {
    peer.addTransceiver('audio', { direction: 'recvonly' });
    peer.ontrack = ({ streams: [stream] }) => {
      if (stream === undefined) return;
      // Chromium decodes only what an element plays.
      const player = new Audio();
      player.srcObject = stream;
      player.muted = true;
      void player.play();
      const context = new AudioContext();
      interop.analyser = new AnalyserNode(context, { fftSize: 8_192 });
      context.createMediaStreamSource(stream).connect(interop.analyser);
    };
  }
  await peer.setLocalDescription(await peer.createOffer());
  while (peer.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 10));
  return peer.localDescription?.sdp ?? '';
}

/** Resolves to the milliseconds that it took, or to the state in which it got stuck. */
export async function connectPeer(sdp: string, timeoutMs: number): Promise<number | string> {
  const { peer } = (window as unknown as InteropWindow).interop;
  const startMs = performance.now();
  const connected = new Promise<number>((resolve) => {
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'connected') resolve(performance.now() - startMs);
    };
  });
  await peer.setRemoteDescription({ type: 'answer', sdp });
  const late = new Promise<string>((resolve) => setTimeout(() => resolve(peer.connectionState), timeoutMs));
  return Promise.race([connected, late]);
}

export interface HeardLately {
  readonly sampleRate: number;
  /** 16 bits, little-endian, mono, in base64. */
  readonly samples: string;
}

/** The last 100 ms of decoded sound; undefined before there is any. */
export function heardLately(): HeardLately | undefined {
  const { analyser } = (window as unknown as InteropWindow).interop;
  if (analyser === undefined) return undefined;
  const { sampleRate } = analyser.context;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const count = Math.round(sampleRate / 10);
  const bytes = new DataView(new ArrayBuffer(2 * count));
  samples.slice(-count).forEach((sample, index) => bytes.setInt16(2 * index, 32_767 * sample, true));
  const text = Array.from(new Uint8Array(bytes.buffer), (byte) => String.fromCharCode(byte)).join('');
  return { sampleRate, samples: btoa(text) };
}

/** The suite, by the name that the browser has for it. */
export async function suiteOfPeer(): Promise<string | undefined> {
  const { peer } = (window as unknown as InteropWindow).interop;
  const stats = [...(await peer.getStats()).values()] as { type: string; srtpCipher?: string }[];
  return stats.find(({ type }) => type === 'transport')?.srtpCipher;
}
