import { randomBytes } from 'node:crypto';
import { sdpLines, type Answer } from './signaling.js';
import { ATTRIBUTE, STUN_METHOD, stunMessage, type StunAttribute } from './stun.js';

const PRIORITY = Buffer.from([0x6e, 0, 0x1e, 0xff]);

/** The credentials of one peer's ICE checks towards the relay (RFC 8445, 7.2.2). */
export interface IceLogin {
  readonly userName: string;
  readonly password: string;
}

export function iceLogin(answer: Answer | string, offerSdp: string): IceLogin {
  const answerSdp = typeof answer === 'string' ? answer : answer.sdp;
  const value = (sdp: string, name: string): string =>
    sdpLines(sdp, `a=${name}:`)[0]!
      .slice(name.length + 3)
      .trim();
  return {
    userName: `${value(answerSdp, 'ice-ufrag')}:${value(offerSdp, 'ice-ufrag')}`,
    password: value(answerSdp, 'ice-pwd'),
  };
}

/** What a browser's check carries beside its user name (RFC 8445, 7.1), once it has chosen the path. */
export function nomination(tieBreaker = randomBytes(8)): StunAttribute[] {
  return [
    [ATTRIBUTE.priority, PRIORITY],
    [ATTRIBUTE.iceControlling, tieBreaker],
    [ATTRIBUTE.useCandidate, Buffer.alloc(0)],
  ];
}

/** A check as browsers send it; without a password it is signed with one that is made up. */
export function iceCheck(userName: string, password = madeUp()): Buffer {
  const attributes: StunAttribute[] = [[ATTRIBUTE.username, Buffer.from(userName)], ...nomination()];
  return stunMessage({ type: STUN_METHOD.request, attributes, password });
}

/** Names nobody, and is signed with a password that is made up. */
export function stunIndication(): Buffer {
  const attributes: StunAttribute[] = [[ATTRIBUTE.priority, randomBytes(4)]];
  return stunMessage({ type: STUN_METHOD.indication, attributes, password: madeUp() });
}

function madeUp(): string {
  return randomBytes(16).toString('base64');
}
