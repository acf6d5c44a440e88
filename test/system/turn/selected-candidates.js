/* global window, RTCPeerConnection */
// Runs in a page before the page's own scripts: tells which way the page's connections take.
{
  /** @type {RTCPeerConnection[]} */
  const peers = [];

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      peers.push(this);
    }
  };

  window.selectedCandidateTypes = async () => {
    const connected = peers.filter(({ connectionState }) => connectionState === 'connected');
    const reports = await Promise.all(connected.map((peer) => peer.getStats()));
    return reports.map((stats) => {
      const transport = [...stats.values()].find(({ type }) => type === 'transport');
      const pair = stats.get(transport.selectedCandidatePairId);
      const { candidateType, relayProtocol } = stats.get(pair.localCandidateId);
      return `${candidateType} over ${relayProtocol}`;
    });
  };
}
