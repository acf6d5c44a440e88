import { randomBytes, randomInt } from 'node:crypto';
import type { PeerConnection, Track } from 'node-datachannel';
import type { BroadcasterRequests, PacketProfile } from './load-protocol.js';
import { browserLikeOffer, withoutCandidates } from './offer.js';
import { createPeer, gatherOffer, OPUS_PAYLOAD_TYPE, until } from './peer-engine.js';
import { monotonicMs, writeProbe } from './probe-payload.js';
import { RelayClient } from './relay-client.js';
import { RTP_HEADER_BYTES, writeRtpHeader } from './rtp.js';
import { serveRequests } from './serve-requests.js';

/** A process that speaks: one peer that sends Opus-like packets of one size, evenly spaced. */

const CONNECT_TIMEOUT_MS = 10_000;
const SAMPLES_PER_MS = 48;

let sent = 0;
// Held for the life of the process: an engine object that is collected is closed.
let connection: { peer: PeerConnection; track: Track } | undefined;

function speak(track: Track, ssrc: number, { frameMs, payloadBytes }: PacketProfile): void {
  const packet = Buffer.concat([Buffer.alloc(RTP_HEADER_BYTES), randomBytes(payloadBytes)]);
  const payload = packet.subarray(RTP_HEADER_BYTES);
  const firstSequence = randomInt(0x10000);
  const firstTimestamp = randomInt(2 ** 32 - 1);
  const startedMs = performance.now();
  const sendNext = (): void => {
    const timestamp = firstTimestamp + sent * frameMs * SAMPLES_PER_MS;
    writeRtpHeader(packet, { payloadType: OPUS_PAYLOAD_TYPE, sequence: firstSequence + sent, timestamp, ssrc });
    writeProbe(payload, frameMs, { counter: sent, sentAtMs: monotonicMs() });
    try {
      track.sendMessageBinary(packet);
    } catch {
      // The relay under measurement let go of its broadcaster: its listeners tell how much they missed.
      return;
    }
    sent++;
    // An absolute schedule: lateness of one packet does not delay the next.
    setTimeout(sendNext, Math.max(0, startedMs + sent * frameMs - performance.now()));
  };
  sendNext();
}

serveRequests<BroadcasterRequests>({
  start: async ({ url, masjidId, token, bindAddress, offerCandidates, profile }) => {
    const ssrc = randomInt(1, 2 ** 32 - 1);
    connection = createPeer({ name: 'broadcaster', bindAddress, ssrc });
    const { peer, track } = connection;
    const offer = await gatherOffer(peer);
    const sdp = offerCandidates ? browserLikeOffer(offer) : withoutCandidates(offer);
    const answer = await new RelayClient(url).broadcast({ connectionID: masjidId, version: 'bench', sdp }, token);
    if (answer === undefined) throw new Error('the relay refused the broadcast');
    peer.setRemoteDescription(answer, 'answer');
    if (!(await until(() => track.isOpen(), CONNECT_TIMEOUT_MS))) throw new Error('the broadcaster did not connect');
    speak(track, ssrc, profile);
    return null;
  },
  count: () => Promise.resolve({ sent }),
});
