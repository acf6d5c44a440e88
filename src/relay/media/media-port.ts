import { readHostCandidates } from '../sdp/compose-answer.js';
import { EnginePeer, type EngineSettings } from './engine-peer.js';
import { assertUdpPortFree } from './udp-port.js';

/**
 * The UDP port of one worker, bound for the life of the worker by a peer that never connects. The engine itself would
 * open it with the first peer and close it with the last, and between two broadcasts any program could take it.
 */
export class MediaPort {
  private constructor(
    readonly port: number,
    private readonly holder: EnginePeer,
  ) {}

  /** @throws Error naming the port and what to do when it cannot be bound */
  static async hold(settings: EngineSettings): Promise<MediaPort> {
    await assertUdpPortFree(settings.udpPort, settings.bindAddress);
    const holder = EnginePeer.openIdle('port holder', settings);
    try {
      return new MediaPort(readHostCandidates(await holder.localSdp())[0].port, holder);
    } catch (error) {
      holder.close();
      throw error;
    }
  }

  close(): void {
    this.holder.close();
  }
}
