/** What became of an association by a call: `left` by the peer's goodbye, `failed` by an error or the peer's fatal alert. */
export type AssociationEvent = 'connected' | 'left' | 'failed';

/** One DTLS association, or what is kept of it. */
export interface Association {
  /** @returns what changed; undefined for nothing */
  receive(datagram: Buffer): AssociationEvent | undefined;
  /** A close_notify for the peer, the same each time; undefined when none can be made any more. */
  goodbye(): Buffer | undefined;
  /** Once; wipes its keys. */
  free(): void;
}
