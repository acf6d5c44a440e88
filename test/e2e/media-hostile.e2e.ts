import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPUS_PAYLOAD_TYPE } from '../../src/peer-kit/offering-peer.js';
import { beforeDtls, contentTypes, DTLS_ALERT, DTLS_HANDSHAKE } from '../support/before-dtls.js';
import { isSrtp } from '../support/datagram-kinds.js';
import { dtlsClientHello, DTLS_1_0 } from '../support/dtls-client-hello.js';
import { forgedGoodbye, forgedRtp, noise } from '../support/hostile-datagrams.js';
import { HostileSender } from '../support/hostile-sender.js';
import { iceCheck, iceLogin, stunIndication } from '../support/ice-check.js';
import { openUdp } from '../support/loopback.js';
import { recordedOffer } from '../support/offers.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { mediaPort, negotiate, sdpLines } from '../support/signaling.js';

/** Longer than the relay waits before it sends a check again, so that whoever is to get one has it. */
const LONG_ENOUGH_MS = 1_500;
/** A goodbye is said twice, and until then the peer is there. */
const FORGOTTEN_MS = 500;

const otherFingerprint = (sdp: string): string =>
  sdp.replace(/^(a=fingerprint:\S+ )(\S\S)/m, (_, head: string, pair: string) => head + (pair === '00' ? '01' : '00'));

describe('packets forged with the address of a broadcaster', () => {
  it('are not heard, whatever they are, and cost nobody a packet', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.rtpBroadcaster({ behindProxy: true });
    const proxy = broadcaster.proxy;
    const listener = await scene.rtpListener();
    let sent = 0;
    const speak = async (count: number): Promise<void> => {
      for (const end = sent + count; sent < end;) if (broadcaster.sendNext()) sent += 1;
      await expect.poll(() => scene.metric('azaan_rtp_packets_total{direction="in"}'), { timeout: 5_000 }).toBe(sent);
    };
    await speak(20);

    const { ssrc } = broadcaster;
    const real = proxy.fromPeer.filter(isSrtp).at(-1)!;
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(real);
      copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
      return copy;
    };
    for (let count = 0; count < 100; count += 1) {
      proxy.inject(forgedRtp({ payloadType: OPUS_PAYLOAD_TYPE, ssrc }));
      proxy.inject(forgedGoodbye(ssrc));
      // What was said before, cut short, or changed in one byte.
      proxy.inject(real);
      proxy.inject(real.subarray(0, count % real.length));
      proxy.inject(flipped(count % real.length));
      proxy.inject(iceCheck('aaaa:bbbb'));
      proxy.inject(stunIndication());
      proxy.inject(dtlsClientHello());
      proxy.inject(noise());
    }
    await sleep(LONG_ENOUGH_MS);
    await speak(20);
    // What was sent before the listener was connected is not for it.
    await expect.poll(() => listener.packets.length).toBeGreaterThanOrEqual(20);
    expect(breaksIn(listener.packets)).toEqual([]);
    expect(listener.packets.length).toBeLessThanOrEqual(sent);
    expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
  });
});

describe('a certificate that is not the one of the offer', () => {
  it('keeps a listener from hearing', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const impostor = await scene.rtpListener({ editOffer: otherFingerprint });
    await expect
      .poll(() => scene.metric('azaan_peer_disconnects_total{role="listener",reason="failed"}'), { timeout: 10_000 })
      .toBe(1);
    expect(impostor.packets).toEqual([]);
    expect(await scene.listenerStates()).toEqual([]);
  });

  it('keeps a broadcaster from being heard', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster({ editOffer: otherFingerprint });
    await expect
      .poll(() => scene.metric('azaan_peer_disconnects_total{role="broadcaster",reason="failed"}'), { timeout: 10_000 })
      .toBe(1);
    expect(await scene.metric('azaan_rtp_packets_total{direction="in"}')).toBe(0);
  });
});

describe('the DTLS of the relay', () => {
  it('has a certificate that each start makes anew', async () => {
    const fingerprints = new Set<string>();
    for (let start = 0; start < 2; start += 1) {
      await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
      const { answer } = await scene.rtpBroadcaster();
      fingerprints.add(sdpLines(answer.sdp, 'a=fingerprint:').join());
    }
    expect(fingerprints.size).toBe(2);
  });

  it('agrees with libwebrtc on DTLS 1.2, an AEAD with forward secrecy, and an SRTP profile with full tags', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster();
    const listener = await scene.hearer();
    const transport = [...(await listener.peer.getStats()).values()].find(
      ({ type }: { type: string }) => type === 'transport',
    ) as { tlsVersion: string; dtlsCipher: string; srtpCipher: string } | undefined;
    expect(transport?.tlsVersion).toBe('FEFD');
    expect(transport?.dtlsCipher).toMatch(/^TLS_ECDHE_ECDSA_WITH_(AES_\d+_GCM|CHACHA20_POLY1305)_SHA\d+$/);
    expect(transport?.srtpCipher).toMatch(/^(AEAD_AES_\d+_GCM|AES_CM_128_HMAC_SHA1_80)$/);
  });

  it('answers a ClientHello from the address that ICE validated, and no other', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.rtpBroadcaster();
    const { proxy, port } = await beforeDtls(scene);
    await using stranger = await HostileSender.open([port], 4);
    await sleep(LONG_ENOUGH_MS);
    await stranger.flood(Array.from({ length: 200 }, () => dtlsClientHello()));
    await sleep(LONG_ENOUGH_MS);
    expect(stranger.bytesBack).toBe(0);
    expect(contentTypes(proxy)).toEqual([]);
    proxy.inject(dtlsClientHello());
    await expect.poll(() => contentTypes(proxy), { timeout: 5_000 }).toEqual([DTLS_HANDSHAKE]);
  });

  it('connects peers while strangers send one ClientHello after another', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.speaker();
    // To an offer that leaves the choice, the relay is the one that waits for a hello.
    expect(sdpLines(broadcaster.answer.sdp, 'a=setup:')).toEqual(['a=setup:passive']);
    await using stranger = await HostileSender.open(await scene.mediaPorts(), 4);
    let joining = true;
    const race = async (): Promise<void> => {
      while (joining) await stranger.flood(Array.from({ length: 100 }, () => dtlsClientHello()));
    };
    const join = async (): Promise<void> => {
      try {
        for (let count = 0; count < 5; count += 1) {
          const editOffer = (sdp: string): string => sdp.replace('a=setup:actpass', 'a=setup:active');
          const { packets } = await scene.rtpListener({ editOffer });
          await expect.poll(() => packets.length, { timeout: 10_000 }).toBeGreaterThan(0);
        }
      } finally {
        joining = false;
      }
    };
    await Promise.all([race(), join()]);
    expect(stranger.bytesBack).toBe(0);
  });

  describe('when a hello offers only what is weak', () => {
    let scene: RelayScene;
    beforeAll(async () => {
      scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
      await scene.rtpBroadcaster();
    });
    afterAll(() => scene[Symbol.asyncDispose]());

    it.concurrent.each([
      ['DTLS 1.0', { version: DTLS_1_0, cipherSuites: [0xc009, 0xc00a] }],
      ['ciphers without encryption', { cipherSuites: [0xc006, 0xc010, 0x0001, 0x0002] }],
      ['ciphers without authentication', { cipherSuites: [0xc018, 0xc019, 0x00a6, 0x00a7] }],
      ['RC4 and 3DES', { cipherSuites: [0xc007, 0xc008, 0xc011, 0xc012, 0x0005, 0x000a] }],
    ])('refuses %s', async (_, hello) => {
      const { proxy } = await beforeDtls(scene);
      await sleep(LONG_ENOUGH_MS);
      proxy.inject(dtlsClientHello(hello));
      await sleep(LONG_ENOUGH_MS);
      expect(contentTypes(proxy).filter((type) => type !== DTLS_ALERT)).toEqual([]);
    });
  });
});

describe('before ICE succeeds, the relay', () => {
  const HALF_OPEN = recordedOffer('chromium-156-listener');

  it('sends nothing to strangers, whatever they send', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.rtpBroadcaster();
    const { sdp } = await negotiate(scene.server.url, '/consumer', { connectionID: scene.masjid }, HALF_OPEN);
    const { userName } = iceLogin(sdp, HALF_OPEN);
    await using stranger = await HostileSender.open([mediaPort(sdp)], 4);
    for (let count = 0; count < 50; count += 1) {
      await stranger.flood([
        iceCheck('aaaa:bbbb'),
        iceCheck(userName),
        dtlsClientHello(),
        forgedRtp({ payloadType: OPUS_PAYLOAD_TYPE, ssrc: 1 }),
        noise(),
      ]);
    }
    await sleep(LONG_ENOUGH_MS);
    expect(stranger.bytesBack).toBe(0);
  });

  it('has a name for each peer that nobody hits by guessing', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.rtpBroadcaster();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    const answers = [broadcaster.answer, ...listeners.map(({ answer }) => answer)];
    const names = answers.map(({ sdp }) => sdpLines(sdp, 'a=ice-ufrag:').join());
    for (const name of names) expect(name).toMatch(/^a=ice-ufrag:[A-Za-z0-9+/]{16}$/);
    expect(new Set(names).size).toBe(3);
  });

  it('sends nothing to the candidates of an offer', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.rtpBroadcaster();
    const target = await openUdp();
    let received = 0;
    target.on('message', () => (received += 1));
    try {
      const { port } = target.address();
      const candidate = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host\r\n`;
      const offer = HALF_OPEN.replace(/^a=candidate:.*\r\n/gm, '').replace(/^a=ice-ufrag:/m, `${candidate}$&`);
      const { sdp } = await negotiate(scene.server.url, '/consumer', { connectionID: scene.masjid }, offer);
      expect(sdp).toContain('m=audio');
      expect(offer).toContain(candidate);
      await sleep(LONG_ENOUGH_MS);
      expect(received).toBe(0);
    } finally {
      target.close();
    }
  });

  it('answers an address that knows the password once, with less than it got, until its time is over', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', PEER_CONNECT_TIMEOUT_MS: '2000' });
    await scene.rtpBroadcaster();
    const { sdp } = await negotiate(scene.server.url, '/consumer', { connectionID: scene.masjid }, HALF_OPEN);
    const { userName, password } = iceLogin(sdp, HALF_OPEN);
    await using victim = await HostileSender.open([mediaPort(sdp)]);
    await victim.send(iceCheck(userName, password));
    await expect.poll(() => scene.listenerStates(), { timeout: 8_000 }).toEqual([]);
    expect(victim.datagramsBack).toBe(1);
    expect(victim.bytesBack).toBeLessThanOrEqual(victim.bytesSent);
    await sleep(FORGOTTEN_MS);
    const whenItWasOver = victim.bytesBack;
    await victim.send(iceCheck(userName, password));
    await sleep(LONG_ENOUGH_MS);
    expect(victim.bytesBack).toBe(whenItWasOver);
  });
});
