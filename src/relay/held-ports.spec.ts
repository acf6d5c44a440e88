import { describe, expect, it } from 'vitest';
import { HeldPorts } from './held-ports.js';

const held = { address: '192.0.2.7', port: 50_000 };

describe('HeldPorts', () => {
  it.each([
    ['2 with the very address that a peer holds', 2, held],
    ['1 where the address is hidden', 1, { address: undefined, port: 50_000 }],
    ['1 where the address is translated', 1, { address: '10.0.0.2', port: 50_000 }],
    ['0 with another port', 0, { address: '192.0.2.7', port: 50_001 }],
  ])('sees a conflict of %s', (_, conflict, candidate) => {
    const ports = new HeldPorts();
    expect(ports.conflict([candidate])).toBe(0);
    ports.hold('peer', held);
    expect(ports.conflict([candidate])).toBe(conflict);
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
