import { Injectable } from '@nestjs/common';
import type { Caller } from '../caller/caller.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { ListenerEntry } from '../relay/relay.types.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { toPeerOffer, type OfferDto } from '../signaling/offer.dto.js';

@Injectable()
export class BroadcastService {
  constructor(private readonly relay: RelayRegistry) {}

  async start(offer: OfferDto, caller: Caller): Promise<AnswerDto> {
    return new AnswerDto(offer, await this.relay.startBroadcast(toPeerOffer(offer, caller)));
  }

  /** Listeners by `connectionID`, of one broadcast or of all. */
  listeners(connectionID: string | undefined): Record<string, ListenerEntry[]> {
    return Object.fromEntries(this.relay.listeners(connectionID));
  }
}
