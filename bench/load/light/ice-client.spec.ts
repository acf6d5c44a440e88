import { describe, expect, it } from 'vitest';
import { IceDirectory } from '../../../src/relay/media/engine/ice/ice-directory.js';
import type { Incoming } from '../../../src/relay/media/engine/udp/incoming.js';
import type { Route } from '../../../src/relay/media/engine/udp/route.js';
import { IceClient } from './ice-client.js';

describe('IceClient', () => {
  it('nominates its address towards the relay, once', () => {
    const selected: string[] = [];
    const directory = new IceDirectory({ clock: { now: () => 0 } });
    const agent = directory.open({ onValidated: () => undefined, onSelected: ({ key }) => selected.push(key) });
    let nominated = 0;
    const client = new IceClient(
      'local',
      agent.credentials,
      (datagram) => directory.receive(arrival(datagram)),
      () => nominated++,
    );
    // Only what the test writes down below is used of a socket.
    let answers = 0;
    const send = (datagram: Buffer): void => {
      answers += 1;
      client.receive(datagram);
    };
    const socket = { send } as unknown as Route['socket'];
    const route: Route = {
      socket,
      key: 'here',
      sockaddr: Buffer.from('02000fa07f0000010000000000000000', 'hex'),
      address: '127.0.0.1',
      port: 4_000,
    };
    const arrival = (bytes: Buffer): Incoming => ({ bytes, socket, key: route.key, route: () => route });

    client.tick(0);
    client.tick(1);
    client.tick(60_000);
    expect(answers).toBe(2);
    expect(nominated).toBe(1);
    expect(selected).toEqual(['here']);
    client.close();
    agent.close();
  });
});
