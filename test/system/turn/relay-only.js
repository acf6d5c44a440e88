/* global window, RTCPeerConnection */
// Runs in a page before the page's own scripts: its connections use nothing but TURN.
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) {
    super({ ...configuration, iceTransportPolicy: 'relay' });
  }
};
