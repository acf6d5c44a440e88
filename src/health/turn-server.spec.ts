import { describe, expect, it } from 'vitest';
import { turnAddress, turnAddressToProbe } from './turn-server.js';

describe('turnAddress', () => {
  it.each([
    ['turn:turn.example.org', 'turn.example.org', 3478, 'udp'],
    ['turn:turn.example.org:3479?transport=udp', 'turn.example.org', 3479, 'udp'],
    ['turn:192.0.2.7?transport=tcp', '192.0.2.7', 3478, 'tcp'],
    ['turns:turn.example.org?transport=tcp', 'turn.example.org', 5349, 'tcp'],
    ['turns:[2001:db8::7]:443', '2001:db8::7', 443, 'tcp'],
    ['turn:[2001:db8::7]', '2001:db8::7', 3478, 'udp'],
  ])('reads %s', (uri, host, port, transport) => {
    expect(turnAddress(uri)).toEqual({ host, port, transport });
  });
});

describe('turnAddressToProbe', () => {
  it('prefers UDP, where a question is answered', () => {
    const uris = ['turns:a.example:5349', 'turn:b.example?transport=tcp', 'turn:c.example', 'turn:d.example'];
    expect(turnAddressToProbe(uris)?.host).toBe('c.example');
    expect(turnAddressToProbe(uris.slice(0, 2))?.host).toBe('a.example');
    expect(turnAddressToProbe([])).toBeUndefined();
  });
});
