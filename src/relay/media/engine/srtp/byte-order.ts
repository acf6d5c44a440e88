/** Between network byte order and the words of memory, which are little-endian wherever the engine runs. */
export function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

export function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
