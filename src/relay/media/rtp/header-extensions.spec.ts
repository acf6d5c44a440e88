import { describe, expect, it } from 'vitest';
import { readAudioLevelDbov } from './header-extensions.js';

const ONE_BYTE = 0xbede;
const TWO_BYTE = 0x1000;

describe('readAudioLevelDbov', () => {
  it.each([
    ['behind another element', ONE_BYTE, '40aa' + '0000' + '10a5', 1, -0x25],
    ['with the voice flag, which is not part of it', ONE_BYTE, '10ff', 1, -127],
    ['under an id that was not agreed', ONE_BYTE, '10a50000', 2, undefined],
    ['behind the id that ends all', ONE_BYTE, 'f0' + '10a5', 1, undefined],
    ['behind an element that reaches past the end', ONE_BYTE, '4faa', 1, undefined],
    ['cut off', ONE_BYTE, '10', 1, undefined],
    ['in two-byte headers', TWO_BYTE, '0401aa' + '00' + '0101a5', 1, -0x25],
    ['in two-byte headers, with bits of the application', 0x100f, '1401a5', 20, -0x25],
    ['in two-byte headers, behind an empty element', TWO_BYTE, '0400' + '0101a5', 1, -0x25],
    ['as an empty element', TWO_BYTE, '0100' + 'a5', 1, undefined],
    ['in two-byte headers, cut off', TWO_BYTE, '0101', 1, undefined],
    ['in two-byte headers, cut off before its length', TWO_BYTE, '01', 1, undefined],
    ['in extensions of another kind', 0x1234, '10a5', 1, undefined],
    ['in nothing', ONE_BYTE, '', 1, undefined],
  ])('reads a level %s', (_name, profile, elements, id, level) => {
    expect(readAudioLevelDbov(profile, Buffer.from(elements, 'hex'), id)).toBe(level);
  });
});
