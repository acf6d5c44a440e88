import { describe, expect, it } from 'vitest';
import { dtlsPair, settle } from '../../../../../test/support/dtls-pair.js';
import { openHandles } from '../native/handle.js';

describe('a DTLS handshake', () => {
  it('gives both sides the same keys, each its own way round, and frees what it took', async () => {
    const before = openHandles();
    const { server, client } = dtlsPair();
    client.transport.start();
    await settle();
    expect([server.transport.isConnected, client.transport.isConnected]).toEqual([true, true]);
    const [ofServer] = server.keys;
    const [ofClient] = client.keys;
    expect(ofServer?.profile).toBe('AEAD_AES_128_GCM');
    expect(ofServer?.local).toHaveLength(28);
    expect(ofServer?.local).toEqual(ofClient?.remote);
    expect(ofServer?.remote).toEqual(ofClient?.local);
    expect(ofServer?.local).not.toEqual(ofServer?.remote);
    for (const datagram of [...server.sent, ...client.sent]) expect(datagram.length).toBeLessThanOrEqual(1200);
    server.free();
    client.free();
    expect(openHandles()).toBe(before);
  });
});
