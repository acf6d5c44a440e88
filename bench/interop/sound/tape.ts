/// <reference lib="dom" />
import wrtc from 'wrtc';
import type { OpusPacket } from '../../../src/cli/ogg-opus.js';
import { OfferingPeer } from '../../../src/peer-kit/offering-peer.js';
import { until } from '../../../src/peer-kit/until.js';
import { opusDurationSamples48k } from '../../../src/relay/media/rtp/opus-packet.js';
import { ToneSource } from '../../../test/support/tone.js';
import { TONE_HZ } from './tone-meter.js';

const SECOND_SAMPLES_48K = 48_000;
/** In which encoder and bandwidth settle. */
const PASSED_OVER_SAMPLES_48K = 2 * SECOND_SAMPLES_48K;
const TIMEOUT_MS = 20_000;

/**
 * One second of the tone as libwebrtc encodes it, in 20 ms packets. Whole periods of the tone fit into a packet, so that the
 * second can be repeated without a seam.
 *
 * @throws Error when nothing comes within 20 s
 */
export async function recordTone(): Promise<OpusPacket[]> {
  const recorded: OpusPacket[] = [];
  let passedOver = 0;
  let samples = 0;
  const receiver = new OfferingPeer();
  receiver.onRtp(({ payload }) => {
    const durationSamples48k = opusDurationSamples48k(payload) ?? 0;
    if (passedOver < PASSED_OVER_SAMPLES_48K) passedOver += durationSamples48k;
    else if (samples < SECOND_SAMPLES_48K) {
      recorded.push({ packet: Buffer.from(payload), durationSamples48k });
      samples += durationSamples48k;
    }
  });
  const sender = new wrtc.RTCPeerConnection();
  const tone = new ToneSource(TONE_HZ);
  try {
    await answerOffer(receiver, sender, () => sender.addTrack(tone.track, new wrtc.MediaStream([tone.track])));
    if (!(await until(() => samples >= SECOND_SAMPLES_48K, TIMEOUT_MS))) throw new Error('the tone was not recorded');
  } finally {
    tone.close();
    sender.close();
    receiver.close();
  }
  return recorded;
}

/** Connects the two, without a relay. @param prepare what the answering side adds once it knows the offer */
export async function answerOffer(offering: OfferingPeer, answering: RTCPeerConnection, prepare: () => void) {
  await answering.setRemoteDescription({ type: 'offer', sdp: await offering.makeOffer() });
  prepare();
  await answering.setLocalDescription(await answering.createAnswer());
  await until(() => answering.iceGatheringState === 'complete', TIMEOUT_MS);
  offering.takeAnswer(answering.localDescription?.sdp ?? '');
}
