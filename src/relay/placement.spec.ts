import { describe, expect, it } from 'vitest';
import { choosePlacement } from './placement.js';
import { SlotPort } from './slot-port.js';

const remote = { address: '192.0.2.7', port: 50_000 };

function slot(load: number, ...udpPorts: number[]) {
  return { load, ports: udpPorts.map((udpPort) => new SlotPort(udpPort)) };
}

describe('choosePlacement', () => {
  it('finds nothing while no worker has a port', () => {
    expect(choosePlacement([slot(0)], [])).toBeUndefined();
  });

  it('takes the least loaded worker', () => {
    expect(choosePlacement([slot(3, 1), slot(1, 2)], [])?.port.udpPort).toBe(2);
  });

  it('takes the emptiest port of that worker', () => {
    const busy = slot(1, 1, 2);
    busy.ports[0]?.add('peer');
    expect(choosePlacement([busy], [])?.port.udpPort).toBe(2);
  });

  it('avoids the port at which a vanished peer may still hold the address of the newcomer, even on a busier worker', () => {
    const idle = slot(0, 1);
    const busy = slot(9, 2);
    idle.ports[0]?.add('vanished');
    idle.ports[0]?.connected('vanished', remote);
    expect(choosePlacement([idle, busy], [remote])?.port.udpPort).toBe(2);
    idle.ports[0]?.remove('vanished');
    expect(choosePlacement([idle, busy], [remote])?.port.udpPort).toBe(1);
  });

  it('takes the lesser doubt when every port is in doubt', () => {
    const one = slot(0, 1, 2);
    one.ports[0]?.connected('the very address', remote);
    one.ports[1]?.connected('the port alone', { ...remote, address: '192.0.2.8' });
    expect(choosePlacement([one], [remote])?.port.udpPort).toBe(2);
  });
});
