/// <reference lib="dom" />

/**
 * What runs inside the pages of browsers. Each function goes there as its own text, so it can use nothing of this file but
 * types; what lasts between them is kept in `window`.
 */

interface Interop {
  readonly peer: RTCPeerConnection;
  stream?: MediaStream;
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
      interop.stream = stream;
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

/**
 * Some 200 ms of what is heard now: 16 bits, little-endian, mono, 48 kHz, in base64; empty before there is a track.
 *
 * It is recorded and decoded again, because Firefox runs no other audio graph on a machine without a sound card.
 */
export async function hearNow(): Promise<string> {
  const { stream } = (window as unknown as InteropWindow).interop;
  if (stream === undefined) return '';
  const recorder = new MediaRecorder(stream, { mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 128_000 });
  const recorded = new Promise<Blob>((resolve) => (recorder.ondataavailable = ({ data }) => resolve(data)));
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, 400));
  recorder.stop();
  const decoder = new OfflineAudioContext(1, 1, 48_000);
  const buffer = await decoder.decodeAudioData(await (await recorded).arrayBuffer());
  // The codec takes a moment at both ends.
  const from = Math.round(buffer.length / 2) - 4_800;
  if (from < 0) return '';
  const samples = buffer.getChannelData(0).slice(from, from + 9_600);
  const bytes = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, index) => bytes.setInt16(2 * index, 32_767 * sample, true));
  return btoa(Array.from(new Uint8Array(bytes.buffer), (byte) => String.fromCharCode(byte)).join(''));
}

/** The suite, by the name that the browser has for it. */
export async function suiteOfPeer(): Promise<string | undefined> {
  const { peer } = (window as unknown as InteropWindow).interop;
  const stats = [...(await peer.getStats()).values()] as { type: string; srtpCipher?: string }[];
  return stats.find(({ type }) => type === 'transport')?.srtpCipher;
}
