import type { RemoteAddress } from './media-protocol.js';
import type { OfferedCandidate } from './sdp/reduced-offer.js';

/**
 * The source ports that the peers behind one media port send from. The engine knows a peer by its source address before it looks at
 * anything else, so a newcomer from an address that a vanished peer still holds would be taken for that one. A browser
 * says in its offer which ports it will send from; whoever places it can avoid the media ports that hold them.
 */
export class HeldPorts {
  private readonly addressesByPort = new Map<number, Map<string, RemoteAddress>>();

  hold(peerId: string, remote: RemoteAddress): void {
    const held = this.addressesByPort.get(remote.port);
    if (held === undefined) this.addressesByPort.set(remote.port, new Map([[peerId, remote]]));
    else held.set(peerId, remote);
  }

  release(peerId: string, remote: RemoteAddress): void {
    const held = this.addressesByPort.get(remote.port);
    held?.delete(peerId);
    if (held?.size === 0) this.addressesByPort.delete(remote.port);
  }

  /** 2 when a peer holds a candidate's very address and port, 1 for the port alone (NAT and mDNS hide addresses), else 0. */
  conflict(candidates: readonly OfferedCandidate[]): 0 | 1 | 2 {
    let worst: 0 | 1 = 0;
    for (const { address, port } of candidates) {
      const held = this.addressesByPort.get(port);
      if (held === undefined) continue;
      if ([...held.values()].some((remote) => remote.address === address)) return 2;
      worst = 1;
    }
    return worst;
  }
}
