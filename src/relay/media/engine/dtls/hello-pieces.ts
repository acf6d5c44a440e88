import type { HelloFragment } from './records.js';

/** Later pieces of hellos whose first piece is not there yet. Browsers' hellos have two. */
const MAX_PIECES = 4;
/** Clients cut a hello because it does not fit into 1,500 bytes. */
const MAX_PIECE_BYTES = 1_500;
/** Longer than the network keeps two datagrams of one flight apart; shorter than it takes a peer to begin anew. */
const MAX_AGE_MS = 1000;

interface Piece {
  readonly messageBytes: number;
  readonly datagram: Buffer;
  readonly atMs: number;
}

/** Which hello a later piece belongs to is told only by its length, so pieces wait for the first one, and not long. */
export class HelloPieces {
  private pieces: Piece[] = [];

  keep({ messageBytes }: HelloFragment, datagram: Buffer, nowMs: number): void {
    if (datagram.length > MAX_PIECE_BYTES) return;
    this.pieces = [...this.pieces, { messageBytes, datagram, atMs: nowMs }].slice(-MAX_PIECES);
  }

  /** Datagrams that may go on where this first piece ends; forgets all. */
  takeFor({ messageBytes }: HelloFragment, nowMs: number): readonly Buffer[] {
    const fitting = this.pieces.filter(
      (piece) => piece.messageBytes === messageBytes && nowMs - piece.atMs <= MAX_AGE_MS,
    );
    this.pieces = [];
    return fitting.map(({ datagram }) => datagram);
  }
}
