import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/caller.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { toPeerOffer } from '../signaling/offer.dto.js';
import type { OfferDto } from '../signaling/offer.dto.js';

/** What listeners get while nothing is broadcast; apps poll on exactly this. */
export type NoBroadcast = Record<string, never>;

@Injectable()
export class ConsumerService {
  constructor(private readonly relay: RelayRegistry) {}

  async join(offer: OfferDto, caller: Caller): Promise<AnswerDto | NoBroadcast> {
    const sdp = await this.relay.joinBroadcast(toPeerOffer(offer, caller));
    return sdp === undefined ? {} : new AnswerDto(offer, sdp);
  }
}
