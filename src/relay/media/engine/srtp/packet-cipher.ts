/** The parts of a packet, views into memory that C may read and write for the time of the call. */
export interface PacketParts {
  /** Authenticated and not encrypted: the header, and all of an SRTCP packet without the E flag. */
  readonly clear: Buffer;
  /** Authenticated and encrypted, in place. */
  readonly body: Buffer;
  /** SRTCP's E flag and index; undefined for RTP. */
  readonly indexWord: Buffer | undefined;
  readonly tag: Buffer;
}

/** RTP or RTCP under the session keys of one direction; seals or opens, as it was made for. */
export interface PacketCipher {
  /** Encrypts the body and writes the tag. An index must not come twice for one SSRC. */
  seal(ssrc: number, index: number, parts: PacketParts): void;
  /** @returns whether the packet is authentic; only then the body is the sender's */
  open(ssrc: number, index: number, parts: PacketParts): boolean;
  /** Wipes the keys; once. */
  free(): void;
}
