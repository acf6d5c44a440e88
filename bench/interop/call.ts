import { setTimeout as sleep } from 'node:timers/promises';
import type { OpusPacket } from '../../src/cli/ogg-opus.js';
import { answerIn, postOffer, type OfferPath } from '../../src/peer-kit/post-offer.js';
import { until } from '../../src/peer-kit/until.js';
import type { Client, ClientPeer, Ear, Role, Suite } from './clients/client.js';
import { libwebrtc } from './clients/libwebrtc.js';
import type { Family } from './namespace.js';
import { LoopDecoder } from './sound/loop-decoder.js';
import { ToneMeter, type Heard } from './sound/tone-meter.js';
import { problemOf } from './sound/verdict.js';

const ANSWER_TIMEOUT_MS = 10_000;
const FIRST_SOUND_TIMEOUT_MS = 15_000;
/** In which a decoder finds its pace. */
const SETTLE_MS = 1_000;

/** Where calls are made, and what they are made of. */
export interface Surroundings {
  readonly url: string;
  readonly family: Family;
  readonly seconds: number;
  readonly tape: readonly OpusPacket[];
  /** A broadcaster token for a masjid. */
  readonly token: (masjidId: string) => Promise<string>;
}

export interface Trial {
  readonly client: Client;
  readonly role: Role;
  readonly suite: Suite | undefined;
}

export interface Outcome extends Trial {
  readonly family: Family;
  readonly version: string | undefined;
  readonly negotiated: Suite | undefined;
  /** Milliseconds from the answer on; undefined when it did not connect. */
  readonly connectMs: number | undefined;
  readonly heard: Heard | undefined;
  /** Why it failed; undefined when the tone was heard. */
  readonly problem: string | undefined;
}

/** One client in one role, with libwebrtc at the far end. Never rejects. */
export class Call {
  private readonly meter = new ToneMeter();
  private readonly masjidId: string;
  private connectMs: number | undefined;
  private negotiated: Suite | undefined;
  private version: string | undefined;

  constructor(
    private readonly trial: Trial,
    private readonly surroundings: Surroundings,
  ) {
    this.masjidId = [trial.client.name, trial.role, trial.suite].filter(Boolean).join('-');
  }

  async run(): Promise<Outcome> {
    const { family } = this.surroundings;
    let heard: Heard | undefined;
    let problem: string | undefined;
    try {
      await this.talk();
      heard = this.meter.heard();
      problem = problemOf(heard);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const { connectMs, negotiated, version } = this;
    return { ...this.trial, family, version, negotiated, connectMs, heard, problem };
  }

  private async talk(): Promise<void> {
    await using open = new AsyncDisposableStack();
    const { client, role } = this.trial;
    const [speaking, hearing] = role === 'broadcaster' ? [client, libwebrtc] : [libwebrtc, client];
    const broadcaster = await this.open(speaking, 'broadcaster', silentEar, open);
    await this.connect(broadcaster, '/broadcast', role === 'broadcaster');
    const listener = await this.open(hearing, 'listener', this.ear(open), open);
    await this.connect(listener, '/consumer', role === 'listener');
    if (!(await until(() => this.meter.heard().withTone > 0, FIRST_SOUND_TIMEOUT_MS))) {
      const { windows, frequencyHz } = this.meter.heard();
      const instead = frequencyHz === undefined ? `${windows} silent windows` : `${frequencyHz} Hz`;
      throw new Error(`connected, and heard ${instead}`);
    }
    await sleep(SETTLE_MS);
    this.meter.restart();
    await sleep(this.surroundings.seconds * 1_000);
  }

  private async open(client: Client, role: Role, ear: Ear, open: AsyncDisposableStack): Promise<ClientPeer> {
    const { url, tape } = this.surroundings;
    const suite = client === this.trial.client ? this.trial.suite : undefined;
    const shortPackets = this.trial.client.hearsShortPacketsOnly;
    const peer = await client.open({ role, url, suite, tape, shortPackets, ear });
    open.defer(() => peer.close());
    return peer;
  }

  private async connect(peer: ClientPeer, path: OfferPath, isTried: boolean): Promise<void> {
    const { url, family, token } = this.surroundings;
    const sdp = await peer.makeOffer();
    if (isTried) this.version = peer.version;
    const authorization = path === '/broadcast' ? `Bearer ${await token(this.masjidId)}` : '';
    const call = { connectionID: this.masjidId, version: 'interop', sdp: { type: 'offer', sdp } } as const;
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const reply = await postOffer(url, path, call, { authorization, signal });
    const answer = answerIn(reply);
    if (answer === undefined) throw new Error(`${path} answered ${reply.status} ${JSON.stringify(reply.body)}`);
    checkFamily(answer, family);
    const connectMs = await peer.connect(answer);
    if (!isTried) return;
    this.connectMs = connectMs;
    this.negotiated = await peer.suite();
  }

  private ear(open: AsyncDisposableStack): Ear {
    let loop: Promise<LoopDecoder> | undefined;
    const pcm = (samples: Int16Array, sampleRate: number): void => this.meter.add(samples, sampleRate);
    const opus = (payload: Buffer): void => {
      if (open.disposed) return;
      if (loop === undefined) {
        loop = LoopDecoder.start(pcm);
        const starting = loop;
        open.defer(() => starting.then((decoder) => decoder.close()));
      }
      // Without a decoder nothing is heard, and that is told.
      loop.then((decoder) => decoder.decode(payload)).catch(() => undefined);
    };
    return { pcm, opus };
  }
}

const silentEar: Ear = { pcm: () => undefined, opus: () => undefined };

/** @throws Error when the relay offers any address of another family than the one that is tried */
function checkFamily(answer: string, family: Family): void {
  const addresses = [...answer.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+)/gm)].map(([, address]) => address ?? '');
  const others = addresses.filter((address) => address.includes(':') !== (family === 'IPv6'));
  if (addresses.length === 0 || others.length > 0) throw new Error(`the answer leads to ${others.join() || 'nowhere'}`);
}
