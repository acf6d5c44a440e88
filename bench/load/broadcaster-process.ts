import { randomBytes } from 'node:crypto';
import { OfferingPeer } from '../../src/peer-kit/offering-peer.js';
import { answerIn } from '../../src/peer-kit/post-offer.js';
import { RtpStream } from '../../src/peer-kit/rtp-stream.js';
import type { BroadcasterRequests, PacketProfile } from './load-protocol.js';
import { offerTo } from './offer.js';
import { monotonicMs, writeProbe } from './probe-payload.js';
import { serveRequests } from './serve-requests.js';

/** A process that speaks: one peer that sends Opus-like packets of one size, evenly spaced. */

const CONNECT_TIMEOUT_MS = 10_000;
const SAMPLES_PER_MS = 48;

let sent = 0;

function speak(peer: OfferingPeer, rtp: RtpStream, { frameMs, payloadBytes }: PacketProfile): void {
  const payload = randomBytes(payloadBytes);
  const startedMs = performance.now();
  const sendNext = (): void => {
    writeProbe(payload, frameMs, { counter: sent, sentAtMs: monotonicMs() });
    const delivered = peer.send(rtp.next(payload, frameMs * SAMPLES_PER_MS));
    // The relay under measurement let go of its broadcaster: its listeners tell how much they missed.
    if (!delivered && !peer.isOpen) return;
    sent++;
    // An absolute schedule: lateness of one packet does not delay the next.
    setTimeout(sendNext, Math.max(0, startedMs + sent * frameMs - performance.now()));
  };
  sendNext();
}

serveRequests<BroadcasterRequests>({
  start: async ({ token, profile, ...target }) => {
    const rtp = new RtpStream();
    const peer = new OfferingPeer({ ssrc: rtp.ssrc, bindAddress: target.bindAddress });
    const answer = answerIn(await offerTo(target, '/broadcast', await peer.makeOffer(), 'bench', token));
    if (answer === undefined) throw new Error('the relay refused the broadcast');
    peer.takeAnswer(answer);
    if (!(await peer.untilOpen(CONNECT_TIMEOUT_MS))) throw new Error('the broadcaster did not connect');
    speak(peer, rtp, profile);
    return null;
  },
  count: () => Promise.resolve({ sent }),
});
