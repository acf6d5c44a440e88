import { describe, expect, it } from 'vitest';
import { HeldPorts } from './held-ports.js';

const held = { address: '192.0.2.7', port: 50_000 };

describe('HeldPorts', () => {
  it('finds the very address that a peer holds', () => {
    const ports = new HeldPorts();
    ports.hold('peer', held);
    expect(ports.conflict([{ address: '192.0.2.7', port: 50_000 }])).toBe(2);
  });

  it('suspects the port where the address is hidden or translated', () => {
    const ports = new HeldPorts();
    ports.hold('peer', held);
    expect(ports.conflict([{ address: undefined, port: 50_000 }])).toBe(1);
    expect(ports.conflict([{ address: '10.0.0.2', port: 50_000 }])).toBe(1);
  });

  it('sees no conflict with other ports, or none held', () => {
    const ports = new HeldPorts();
    expect(ports.conflict([held])).toBe(0);
    ports.hold('peer', held);
    expect(ports.conflict([{ address: '192.0.2.7', port: 50_001 }])).toBe(0);
  });

  it('forgets a port only when its last holder lets go', () => {
    const ports = new HeldPorts();
    const other = { address: '192.0.2.8', port: 50_000 };
    ports.hold('one', held);
    ports.hold('two', other);
    ports.release('one', held);
    expect(ports.conflict([held])).toBe(1);
    ports.release('two', other);
    expect(ports.conflict([held])).toBe(0);
  });
});
