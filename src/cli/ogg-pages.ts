/** One page of an Ogg file (RFC 3533, 6), its checksum already verified. */
export interface OggPage {
  /** First byte of the page in the file. */
  readonly offset: number;
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly serial: number;
  readonly sequence: number;
  /** Pieces of packets: a piece that is not `complete` goes on in the next page. */
  readonly pieces: readonly OggPiece[];
}

export interface OggPiece {
  readonly data: Buffer;
  readonly complete: boolean;
}

/** The bytes are no sound sequence of Ogg pages. The message continues a sentence that begins with the file's name. */
export class OggSyntaxError extends Error {
  override readonly name = 'OggSyntaxError';
}

const CAPTURE_PATTERN = 'OggS';
const HEADER_BYTES = 27;

/** CRC-32 of RFC 3533: polynomial 0x04c11db7, most significant bit first, no inversion. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** The checksum of a page whose own checksum field holds zeros. */
export function oggChecksum(page: Buffer): number {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
}

/**
 * Cuts a byte stream into pages. Holds one page (65,307 bytes at most) and one chunk of the source in memory.
 *
 * @throws OggSyntaxError at the first byte that does not fit
 */
export async function* readOggPages(source: AsyncIterable<Buffer>): AsyncGenerator<OggPage> {
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of source) {
    pending = Buffer.concat([pending, chunk]);
    for (let size = pageBytes(pending, offset); size !== undefined; size = pageBytes(pending, offset)) {
      yield parsePage(pending.subarray(0, size), offset);
      pending = pending.subarray(size);
      offset += size;
    }
  }
  if (pending.length > 0) throw new OggSyntaxError('is cut short: its last page is incomplete');
}

/** The size of the page that `bytes` begin with, or undefined while it is not all there. */
function pageBytes(bytes: Buffer, offset: number): number | undefined {
  const seen = Math.min(bytes.length, CAPTURE_PATTERN.length);
  if (bytes.toString('latin1', 0, seen) !== CAPTURE_PATTERN.slice(0, seen)) {
    throw new OggSyntaxError(`is damaged: no page begins at byte ${offset}`);
  }
  if (bytes.length < HEADER_BYTES) return undefined;
  const segments = bytes.readUInt8(26);
  if (bytes.length < HEADER_BYTES + segments) return undefined;
  let size = HEADER_BYTES + segments;
  for (const lacing of bytes.subarray(HEADER_BYTES, HEADER_BYTES + segments)) size += lacing;
  return bytes.length < size ? undefined : size;
}

function parsePage(bytes: Buffer, offset: number): OggPage {
  const cleared = Buffer.from(bytes);
  cleared.writeUInt32LE(0, 22);
  if (bytes.readUInt8(4) !== 0 || oggChecksum(cleared) !== bytes.readUInt32LE(22)) {
    throw new OggSyntaxError(`is damaged: the checksum of the page at byte ${offset} is wrong`);
  }
  const flags = bytes.readUInt8(5);
  return {
    offset,
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    serial: bytes.readUInt32LE(14),
    sequence: bytes.readUInt32LE(18),
    pieces: cutPieces(bytes),
  };
}

/** Lacing (RFC 3533, 5): a packet is a run of 255s and one smaller value. */
function cutPieces(page: Buffer): OggPiece[] {
  const lacings = page.subarray(HEADER_BYTES, HEADER_BYTES + page.readUInt8(26));
  const pieces: OggPiece[] = [];
  let start = HEADER_BYTES + lacings.length;
  let length = 0;
  for (const [index, lacing] of lacings.entries()) {
    length += lacing;
    const complete = lacing < 255;
    if (!complete && index < lacings.length - 1) continue;
    pieces.push({ data: page.subarray(start, start + length), complete });
    start += length;
    length = 0;
  }
  return pieces;
}
