/* global window, document, navigator, RTCPeerConnection, fetch, setTimeout */
// An app as others write it: one RTCPeerConnection, plain calls, and ICE restarted by hand when the network came back.
{
  /** @type {RTCPeerConnection} */
  let peer;
  let path = '';
  let options = {};

  /** @returns {Promise<void>} once the offer has all its candidates inside */
  const gathered = () =>
    new Promise((resolve) => {
      const check = () => {
        if (peer.iceGatheringState === 'complete') resolve();
        else setTimeout(check, 20);
      };
      check();
    });

  const negotiate = async () => {
    await peer.setLocalDescription(await peer.createOffer());
    await gathered();
    const { type, sdp } = peer.localDescription;
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...options.headers },
      body: JSON.stringify({ connectionID: options.connectionID, sdp: { type, sdp } }),
    });
    const answer = (await response.json()).sdp;
    if (!answer) throw new Error(`no answer, but ${response.status}`);
    await peer.setRemoteDescription(answer);
  };

  window.app = {
    async listen(connectionID) {
      peer = new RTCPeerConnection();
      peer.addTransceiver('audio', { direction: 'recvonly' });
      peer.addEventListener('track', ({ streams: [stream] }) => {
        const audio = document.createElement('audio');
        audio.srcObject = stream;
        document.body.append(audio);
        void audio.play();
      });
      path = '/consumer';
      options = { connectionID };
      await negotiate();
    },
    async broadcast(connectionID, authorization) {
      peer = new RTCPeerConnection();
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      peer.addTrack(stream.getAudioTracks()[0], stream);
      path = '/broadcast';
      options = { connectionID, headers: { authorization } };
      await negotiate();
    },
    /** Over the same connection. */
    async restart() {
      peer.restartIce();
      await negotiate();
    },
    states: () => [peer.connectionState, peer.iceConnectionState],
  };
}
