import { Injectable } from '@nestjs/common';
import type { Caller } from '../caller/caller.js';
import type { TurnConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { AnswerDto } from '../signaling/answer.dto.js';
import { toPeerOffer, type OfferDto } from '../signaling/offer.dto.js';

/** What listeners get while nothing is broadcast; apps poll on exactly this. */
export type NoBroadcast = Record<string, never>;

@Injectable()
export class ConsumerService {
  constructor(
    private readonly relay: RelayRegistry,
    @InjectConfig('turn') private readonly turn: TurnConfig,
  ) {}

  async join(offer: OfferDto, caller: Caller): Promise<AnswerDto | NoBroadcast> {
    const triesTurnNext = offer.direct === true && this.turn.urls.length > 0;
    const sdp = await this.relay.joinBroadcast({ ...toPeerOffer(offer, caller), triesTurnNext });
    return sdp === undefined ? {} : new AnswerDto(offer, sdp);
  }
}
