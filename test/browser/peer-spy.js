/* global window, document, navigator, Event, RTCPeerConnection */
// Runs in a page before the page's own scripts, and keeps hold of what they make.
{
  /** @type {RTCPeerConnection[]} */
  const peers = [];
  /** @type {number[]} */
  const streamsByTrack = [];
  /** @type {MediaStreamTrack[]} */
  const microphones = [];
  /** @type {Record<string, () => void>} */
  const mediaActions = {};
  /** @type {string[]} */
  const violations = [];

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      peers.push(this);
      this.addEventListener('track', ({ streams }) => streamsByTrack.push(streams.length));
    }
  };

  // Absent where the page is not secure.
  const getUserMedia = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (getUserMedia) {
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      microphones.push(...stream.getAudioTracks());
      return stream;
    };
  }

  const setActionHandler = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
  navigator.mediaSession.setActionHandler = (action, handler) => {
    mediaActions[action] = handler;
    setActionHandler(action, handler);
  };

  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) =>
    violations.push(`${effectiveDirective} ${blockedURI} in ${sourceFile}`),
  );

  window.spy = {
    violations,
    mediaActions,
    microphones: () => microphones.map(({ readyState }) => readyState),
    muteMicrophone(muted) {
      for (const microphone of microphones) microphone.enabled = !muted;
    },
    /** As the system does for a phone call. */
    holdMicrophone(held) {
      const microphone = microphones.at(-1);
      Object.defineProperty(microphone, 'muted', { value: held, configurable: true });
      microphone.dispatchEvent(new Event(held ? 'mute' : 'unmute'));
    },
    unplugMicrophone() {
      microphones.at(-1)?.stop();
      microphones.at(-1)?.dispatchEvent(new Event('ended'));
    },
    peerCount: () => peers.length,
    streamsByTrack: () => streamsByTrack,
    openPeers: () => peers.filter(({ connectionState }) => connectionState !== 'closed').length,
    localPorts: () => peers.map(({ localDescription }) => Number(/^m=audio (\d+)/m.exec(localDescription.sdp)?.[1])),
    async inbound() {
      const peer = peers.findLast(({ connectionState }) => connectionState === 'connected');
      const stats = [...((await peer?.getStats()) ?? new Map()).values()];
      return stats.find(({ type }) => type === 'inbound-rtp') ?? null;
    },
  };
}
