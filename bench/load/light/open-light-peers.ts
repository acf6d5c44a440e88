import { Certificate } from '../../../src/relay/media/engine/dtls/certificate.js';
import { HandshakeQueue } from '../../../src/relay/media/engine/dtls/handshake-queue.js';
import type { OpenPeer } from '../listening-peer.js';
import { KnownProbes } from './known-probes.js';
import { LightPeer } from './light-peer.js';
import { LightSockets } from './light-sockets.js';

/** @param address a local one of IPv4 */
export function openLightPeers(address = '127.0.0.1'): OpenPeer {
  const handshakes = new HandshakeQueue((error) => console.error('a light peer:', error));
  const shared = {
    address,
    sockets: new LightSockets(() => handshakes.length > 0),
    certificate: Certificate.create(),
    handshakes,
    probes: new KnownProbes(),
  };
  return (onPacket) => new LightPeer(shared, onPacket);
}
