import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import wrtc from 'wrtc';
import { OfferingPeer, withoutCandidates } from '../../../src/peer-kit/offering-peer.js';
import { RtpStream } from '../../../src/peer-kit/rtp-stream.js';
import { UdpPort } from '../../../src/relay/media/engine/udp/udp-port.js';
import type { PeerRole } from '../../../src/relay/media-protocol.js';
import { reduceOffer } from '../../../src/relay/sdp/reduce-offer.js';
import { launchBrowser } from '../browser.js';
import { CAPTURED, writeCapture, type Captured, type CapturedKind } from '../captures.js';
import { isDtls, isSrtcp, isSrtp, isStun } from '../datagram-kinds.js';
import { RelayInProcess } from '../relay-in-process.js';
import { ToneSource } from '../tone.js';

/**
 * Records what real clients send into the files beside this one: each speaks and listens for some seconds.
 *
 * `node --experimental-transform-types --import ./test/support/typescript-imports.mjs test/support/captures/record.ts`
 */
const SECONDS = 7;
const MOST_OF_A_KIND = 8;

let kept: Captured[] = [];
const relay = await RelayInProcess.open({
  onDefect: (error) => process.stderr.write(`${String(error)}\n`),
  openPort: (options) =>
    UdpPort.open({
      ...options,
      onDatagram: (datagram) => {
        keep(CAPTURED.wire, datagram.bytes);
        options.onDatagram(datagram);
      },
    }),
});
const openPeer = relay.engine.openPeer.bind(relay.engine);
relay.engine.openPeer = (remote, outgoing, handlers) =>
  openPeer(remote, outgoing, {
    ...handlers,
    onRtp: (packet) => {
      keep(CAPTURED.opened, packet);
      handlers.onRtp(packet);
    },
    onRtcp: (packet) => {
      keep(CAPTURED.opened, packet);
      handlers.onRtcp(packet);
    },
  });

function keep(kind: CapturedKind, bytes: Buffer): void {
  const isLike = [isStun, isDtls, isSrtp, isSrtcp].find((is) => is(bytes));
  const alike = kept.filter((other) => other.kind === kind && isLike?.(other.bytes) === true);
  if (isLike !== undefined && (isLike === isDtls || alike.length < MOST_OF_A_KIND)) {
    kept.push({ kind, bytes: Buffer.from(bytes) });
  }
}

function answer(role: PeerRole, offer: string): string {
  return relay.join(role, 'recorded', reduceOffer(offer)).answer;
}

/** @param client joins, and resolves to how it leaves */
async function record(name: string, client: () => Promise<() => Promise<void> | void>): Promise<void> {
  kept = [];
  const leave = await client();
  await sleep(SECONDS * 1_000);
  await leave();
  await sleep(200);
  writeCapture(name, kept);
  process.stdout.write(`${name}: ${kept.length} datagrams\n`);
}

async function libdatachannel(role: PeerRole): Promise<() => void> {
  const stream = new RtpStream();
  const peer = new OfferingPeer({ bindAddress: '127.0.0.1', ...(role === 'broadcaster' ? { ssrc: stream.ssrc } : {}) });
  peer.takeAnswer(answer(role, withoutCandidates(await peer.makeOffer())));
  const ticker = setInterval(() => {
    if (role === 'broadcaster') peer.send(stream.next(randomBytes(80), 960));
    else peer.send(Buffer.from('80c9000100000001', 'hex'));
  }, 500);
  return () => {
    clearInterval(ticker);
    peer.close();
  };
}

async function libwebrtc(role: PeerRole): Promise<() => void> {
  const peer = new wrtc.RTCPeerConnection();
  const tone = new ToneSource(1_000);
  if (role === 'broadcaster') peer.addTrack(tone.track, new wrtc.MediaStream([tone.track]));
  else peer.addTransceiver('audio', { direction: 'recvonly' });
  await peer.setLocalDescription(await peer.createOffer());
  while (peer.iceGatheringState !== 'complete') await sleep(20);
  await peer.setRemoteDescription({ type: 'answer', sdp: answer(role, peer.localDescription!.sdp) });
  return () => {
    tone.close();
    peer.close();
  };
}

async function chromium(role: PeerRole): Promise<() => Promise<void>> {
  const browser = await launchBrowser(['--autoplay-policy=no-user-gesture-required']);
  const page = await browser.newPage();
  const offer = await page.evaluate<string>(`(async () => {
    window.peer = new RTCPeerConnection();
    if (${String(role === 'broadcaster')}) {
      const context = new AudioContext();
      const output = context.createMediaStreamDestination();
      const tone = context.createOscillator();
      tone.connect(output);
      tone.start();
      peer.addTrack(output.stream.getAudioTracks()[0], output.stream);
    } else peer.addTransceiver('audio', { direction: 'recvonly' });
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20));
    return peer.localDescription.sdp;
  })()`);
  await page.evaluate(`peer.setRemoteDescription(${JSON.stringify({ type: 'answer', sdp: answer(role, offer) })})`);
  return async () => {
    await page.evaluate('peer.close()');
    await sleep(200);
    await browser.close();
  };
}

for (const role of ['broadcaster', 'listener'] as const) {
  await record(`libdatachannel-${role}`, () => libdatachannel(role));
  await record(`libwebrtc-${role}`, () => libwebrtc(role));
  await record(`chromium-${role}`, () => chromium(role));
}
await relay.close();
process.exit(0);
