import type { OpenPeer } from './listening-peer.js';
import type { ListenerSettings } from './load-protocol.js';

/** The peers of a process, of the kind that it is to have; the other kind's native code is not even loaded. */
export async function peersOf({ peers, bindAddress }: ListenerSettings): Promise<OpenPeer> {
  if (peers === 'libdatachannel') {
    const { LibdatachannelPeer } = await import('./libdatachannel-peer.js');
    return (onPacket) => new LibdatachannelPeer(bindAddress, onPacket);
  }
  const { openLightPeers } = await import('./light/open-light-peers.js');
  return openLightPeers(bindAddress);
}
