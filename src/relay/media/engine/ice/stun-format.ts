/** Binding requests and their responses on the wire (RFC 8489, RFC 8445 section 16). */

export const HEADER_BYTES = 20;
/** Of an attribute: its type and the length of its value. */
export const ATTRIBUTE_HEADER_BYTES = 4;

export const BINDING_REQUEST = 0x0001;
export const BINDING_SUCCESS = 0x0101;
export const BINDING_ERROR = 0x0111;
export const MAGIC_COOKIE = 0x2112a442;

export const USERNAME = 0x0006;
export const MESSAGE_INTEGRITY = 0x0008;
export const ERROR_CODE = 0x0009;
export const UNKNOWN_ATTRIBUTES = 0x000a;
export const XOR_MAPPED_ADDRESS = 0x0020;
export const PRIORITY = 0x0024;
export const USE_CANDIDATE = 0x0025;
export const FINGERPRINT = 0x8028;
export const ICE_CONTROLLED = 0x8029;
export const ICE_CONTROLLING = 0x802a;

/** What the CRC of a fingerprint is mixed with (RFC 8489, 14.7). */
export const FINGERPRINT_MASK = 0x5354554e;
export const FINGERPRINT_VALUE_BYTES = 4;

/** Values are followed by up to three bytes that say nothing. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
