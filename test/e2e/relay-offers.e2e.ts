import wrtc from 'wrtc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { mediaPort, sdpLines } from '../support/signaling.js';
import { ToneSource } from '../support/tone.js';

const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/** The answer's m-lines as `kind port`, with the port of the audio left out. */
function mediaKinds(sdp: string): string[] {
  return sdpLines(sdp, 'm=').map((line) => {
    const [kind, port] = line.slice(2).split(' ');
    return `${kind!} ${port === '0' ? 'rejected' : 'accepted'}`;
  });
}

describe('offers of existing apps', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('sendrecv on both sides: the broadcaster only sends, the listener only receives', async () => {
    const silence = new ToneSource(0);
    try {
      const connectionID = 'sendrecv';
      const broadcaster = await scene.broadcaster({ connectionID });
      const listener = await scene.listener({
        connectionID,
        prepare: (peer) => peer.addTrack(silence.track, new wrtc.MediaStream([silence.track])),
      });
      for (const { peer } of [broadcaster, listener]) expect(peer.localDescription!.sdp).toContain('a=sendrecv\r\n');
      expect(broadcaster.answer.sdp).toContain('a=recvonly\r\n');
      expect(listener.answer.sdp).toContain('a=sendonly\r\n');
      await listener.untilHears(1_000);
      expect(listener.streamsOfTracks).toEqual([1]);
      expect(listener.peer.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(['recvonly']);
    } finally {
      silence.close();
    }
  });

  it('bundled video and data are rejected, wherever they stand, and the audio works', async () => {
    const connectionID = 'bundled';
    const broadcaster = await scene.broadcaster({
      connectionID,
      prepare: (peer) => {
        peer.addTransceiver('video');
        peer.createDataChannel('chat');
      },
    });
    const listener = await scene.listener({
      connectionID,
      prepare: (peer) => {
        peer.addTransceiver('video', { direction: 'recvonly' });
        peer.createDataChannel('chat');
        peer.addTransceiver('audio', { direction: 'recvonly' });
      },
    });
    expect(mediaKinds(broadcaster.answer.sdp)).toEqual(['audio accepted', 'video rejected', 'application rejected']);
    expect(mediaKinds(listener.answer.sdp)).toEqual(['video rejected', 'audio accepted', 'application rejected']);
    await listener.untilHears(1_000);
  });

  it('payload type 109, as Firefox numbers Opus, on either side or only one', async () => {
    const connectionID = 'firefox';
    const as109 = (sdp: string): string => sdp.replace(/\b111\b/g, '109');
    const broadcaster = await scene.broadcaster({ connectionID, rewriteOffer: as109 });
    expect(broadcaster.answer.sdp).toContain('a=rtpmap:109 opus/48000/2\r\n');
    const listener = await scene.listener({ connectionID });
    const rtpListeners = await Promise.all(
      [109, 111].map((payloadType) => scene.rtpListener({ connectionID, payloadType })),
    );
    await listener.untilHears(1_000);
    for (const { packets } of rtpListeners) await expect.poll(() => packets.length).toBeGreaterThan(10);
    const received = rtpListeners.map(({ packets }) => [...new Set(packets.map(({ payloadType }) => payloadType))]);
    expect(received).toEqual([[109], [111]]);
  });

  it('lines that end in LF alone', async () => {
    const connectionID = 'lf';
    const editOffer = (sdp: string): string => sdp.replaceAll('\r\n', '\n');
    await scene.broadcaster({ connectionID, editOffer });
    await scene.hearer({ connectionID, editOffer });
  });
});

describe('answers', () => {
  it('ask the broadcaster for long, lean mono packets and their level, and nothing else', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', OPUS_MAX_BITRATE: '20000' });
    const { answer } = await scene.broadcaster();
    expect(sdpLines(answer.sdp, 'a=ptime')).toEqual(['a=ptime:60']);
    const [fmtp, ...otherFormats] = sdpLines(answer.sdp, 'a=fmtp:');
    expect(otherFormats).toEqual([]);
    expect(fmtp!.split(/[ ;]/)).toEqual(
      expect.arrayContaining(['a=fmtp:111', 'maxaveragebitrate=20000', 'stereo=0', 'useinbandfec=1']),
    );
    expect(sdpLines(answer.sdp, 'a=extmap')).toEqual([expect.stringMatching(`^a=extmap:\\d+ ${AUDIO_LEVEL}$`)]);
    expect(sdpLines(answer.sdp, 'a=rtcp-fb')).toEqual([]);
    // The level really comes: a tone of a quarter of full scale.
    const level = (): Promise<number> =>
      scene.metric('azaan_broadcast_audio_level_dbov{masjid="an-noor"}').catch(() => 0);
    await expect.poll(level, { timeout: 10_000 }).toBeLessThan(-5);
    expect(await level()).toBeGreaterThan(-30);
  });

  it('give the listener one track in one stream, and no extension or feedback', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster();
    const { answer, peer } = await scene.listener();
    expect(peer.localDescription!.sdp).toContain('a=extmap');
    expect(peer.localDescription!.sdp).toContain('a=rtcp-fb');
    expect(sdpLines(answer.sdp, 'a=extmap')).toEqual([]);
    expect(sdpLines(answer.sdp, 'a=rtcp-fb')).toEqual([]);
    expect(sdpLines(answer.sdp, 'a=msid:')).toHaveLength(1);
    expect(sdpLines(answer.sdp, 'a=ssrc:')).toEqual([
      expect.stringMatching(/^a=ssrc:\d+ cname:\S+$/),
      expect.stringMatching(/^a=ssrc:\d+ msid:\S+ \S+$/),
    ]);
  });

  it('announce the public addresses first, and keep the private one', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', PUBLIC_IP: '127.0.0.2,::1' });
    const broadcaster = await scene.broadcaster();
    const listener = await scene.listener();
    for (const { answer } of [broadcaster, listener]) {
      const port = mediaPort(answer.sdp);
      const candidates = sdpLines(answer.sdp, 'a=candidate:').map((line) => line.split(' '));
      expect(candidates.map(([, , protocol, , address, at]) => [protocol, address, Number(at)])).toEqual([
        ['udp', '127.0.0.2', port],
        ['udp', '::1', port],
        ['udp', '127.0.0.1', port],
      ]);
      const priorities = candidates.map(([, , , priority]) => Number(priority));
      expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
      expect(sdpLines(answer.sdp, 'c=')).toEqual(['c=IN IP4 127.0.0.2']);
    }
    await listener.untilHears(1_000);
  });
});
