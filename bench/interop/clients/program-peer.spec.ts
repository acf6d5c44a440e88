import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Ear } from './client.js';
import { ProgramPeer } from './program-peer.js';

const heard: (string | number[])[] = [];
const ear: Ear = {
  pcm: (samples, sampleRate) => heard.push([sampleRate, ...samples]),
  opus: (payload) => heard.push(payload.toString()),
};
const open = new AsyncDisposableStack();

/** A client that is a few lines of JavaScript, with `told()` for the next line of its input. */
function peerThat(script: string): ProgramPeer {
  const prelude = `
    const lines = require('node:readline').createInterface(process.stdin)[Symbol.asyncIterator]();
    const told = async () => JSON.parse((await lines.next()).value);
    const say = (message) => console.log(JSON.stringify(message));
  `;
  const tape = [{ packet: Buffer.from('opus'), durationSamples48k: 960 }];
  const settings = { role: 'listener', url: '', suite: 'AEAD_AES_128_GCM', tape, shortPackets: false, ear } as const;
  const peer = new ProgramPeer([process.execPath, '-e', `${prelude}(async () => {${script}})()`], settings);
  open.defer(() => peer.close());
  return peer;
}

afterEach(() => heard.splice(0));
afterAll(() => open.disposeAsync());

describe('ProgramPeer', () => {
  it('is told what to do, offers, and connects with the answer', async () => {
    const peer = peerThat(`
      const { role, suite, tape } = await told();
      say({ version: '1.2', offer: [role, suite, tape].join() });
      say({ suite: 'SRTP_' + (await told()).answer });
      say({ connected: true });
    `);
    expect(await peer.makeOffer()).toBe('listener,AEAD_AES_128_GCM,b3B1cw==');
    expect(peer.version).toBe('1.2');
    expect(await peer.connect('AES128_CM_SHA1_80')).toBeGreaterThan(0);
    expect(await peer.suite()).toBe('AES128_CM_SHA1_80');
  });

  it('hands on what it hears, decoded or not', async () => {
    const peer = peerThat(
      `say({ pcm: 'AQD//w==' }); say({ opus: 'b3B1cw==' }); say({ offer: '' }); await told(); await told();`,
    );
    await peer.makeOffer();
    expect(heard).toEqual([[48_000, 1, -1], 'opus']);
  });

  it('tells the last words of a program that dies', async () => {
    const peer = peerThat(`console.error('no such codec'); process.exit(3);`);
    await expect(peer.makeOffer()).rejects.toThrow('ended before "offer": no such codec');
  });

  it('tells of a program that is not there', async () => {
    const settings = { role: 'listener', url: '', suite: undefined, tape: [], shortPackets: false, ear } as const;
    const peer = new ProgramPeer(['/no/such/program'], settings);
    await expect(peer.makeOffer()).rejects.toThrow('/no/such/program');
  });
});
