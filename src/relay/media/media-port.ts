import { EnginePeer, type EngineSettings } from './engine-peer.js';
import { freeUdpPort } from './udp-port.js';

/**
 * A UDP port of a worker, bound for the life of the worker by a peer that never connects. The engine itself would
 * open it with the first peer and close it with the last, and between two broadcasts any program could take it.
 */
export class MediaPort {
  private constructor(
    readonly udpPort: number,
    private readonly holder: EnginePeer,
  ) {}

  /**
   * @param wanted 0 for one that the system chooses
   * @throws Error naming the port and what to do when it cannot be bound
   */
  static async hold(wanted: number, settings: EngineSettings): Promise<MediaPort> {
    const udpPort = await freeUdpPort(wanted, settings.bindAddress);
    const holder = EnginePeer.openIdle('port holder', settings, udpPort);
    try {
      // Known addresses mean a bound socket.
      await holder.localSdp();
      return new MediaPort(udpPort, holder);
    } catch (error) {
      holder.close();
      throw error;
    }
  }

  close(): void {
    this.holder.close();
  }
}
