/** Header extensions of one packet: RFC 8285, sections 4.2 (one-byte headers) and 4.3 (two-byte headers). */

const ONE_BYTE_PROFILE = 0xbede;
const ONE_BYTE_STOP_ID = 15;
/** The low four bits are the application's. */
const TWO_BYTE_PROFILE = 0x100;

/**
 * The level of the sound that a packet carries (RFC 6464).
 *
 * @param profile the 16 bits that say how the elements are written
 * @param elements what follows the extension's length; elements that reach past its end are passed over
 * @param wantedId id that the sender gave to `ssrc-audio-level`
 * @returns 0 (loudest) to -127 (silence), or undefined when it is not told
 */
export function readAudioLevelDbov(profile: number, elements: Buffer, wantedId: number): number | undefined {
  const twoByte = profile >> 4 === TWO_BYTE_PROFILE;
  if (!twoByte && profile !== ONE_BYTE_PROFILE) return undefined;
  for (let at = 0; at < elements.length;) {
    const head = elements.readUInt8(at);
    if (head === 0) {
      at += 1;
      continue;
    }
    const id = twoByte ? head : head >> 4;
    if (!twoByte && id === ONE_BYTE_STOP_ID) return undefined;
    const value = at + (twoByte ? 2 : 1);
    if (value >= elements.length) return undefined;
    const valueBytes = twoByte ? elements.readUInt8(at + 1) : (head & 0x0f) + 1;
    if (id === wantedId) return valueBytes === 0 ? undefined : -(elements.readUInt8(value) & 0x7f);
    at = value + valueBytes;
  }
  return undefined;
}
