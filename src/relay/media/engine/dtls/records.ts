/** Content types of TLS records (RFC 5246, 6.2.1). */
export const ALERT = 21;
export const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;
/** Type 1, version 2, epoch 2, sequence number 6, length 2 (RFC 6347, 4.1). */
export const RECORD_HEADER_BYTES = 13;
/** Type 1, length 3, message number 2, offset 3, fragment length 3 (RFC 6347, 4.2.2). */
const MESSAGE_HEADER_BYTES = 12;
const CLIENT_HELLO = 1;
const VERSION_MAJOR = 0xfe;
/** After the two bytes of the version in a ClientHello. */
const RANDOM_AT = 2;
const RANDOM_BYTES = 32;

/** A flight has ten at most, and fewer a datagram. Each may be decrypted, which costs more than to send it. */
const MAX_RECORDS = 32;

/** One record of a datagram; views into it. */
export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  /** With its header. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

/** The part of a first ClientHello that a record carries. */
export interface HelloFragment {
  /** Of the whole message, in bytes. */
  readonly messageBytes: number;
  /** By which one hello is told from another; undefined in a fragment that does not begin the message. */
  readonly random: string | undefined;
}

/** The records of a datagram, 32 at most, up to the first that is none: what is behind it cannot be told. */
export function readRecords(datagram: Buffer): readonly DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; datagram.length - at >= RECORD_HEADER_BYTES && records.length < MAX_RECORDS;) {
    const type = datagram.readUInt8(at);
    const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) break;
    if (datagram[at + 1] !== VERSION_MAJOR || end > datagram.length) break;
    const body = datagram.subarray(at + RECORD_HEADER_BYTES, end);
    records.push({ type, epoch: datagram.readUInt16BE(at + 3), bytes: datagram.subarray(at, end), body });
    at = end;
  }
  return records;
}

/**
 * Whether a record of epoch 0 may belong to a handshake. OpenSSL ends a handshake over any that does not, and such are written
 * easily by anybody: alerts (which no honest peer needs to be believed: a handshake that is given up ends by its deadline),
 * application data, and what is no message.
 */
export function isPlausibleInClear({ type, body }: DtlsRecord): boolean {
  if (type === CHANGE_CIPHER_SPEC) return body.length === 1 && body[0] === 1;
  if (type !== HANDSHAKE || body.length < MESSAGE_HEADER_BYTES) return false;
  const fragmentBytes = body.readUIntBE(9, 3);
  return (
    body.readUIntBE(6, 3) + fragmentBytes <= body.readUIntBE(1, 3) &&
    MESSAGE_HEADER_BYTES + fragmentBytes <= body.length
  );
}

/** Of a datagram that begins an association, or a piece of one that does (RFC 6347, 4.2.3); first pieces before later ones. */
export function helloIn(datagram: Buffer): HelloFragment | undefined {
  const fragments = readRecords(datagram).map(helloFragment);
  return fragments.find((fragment) => fragment?.random !== undefined) ?? fragments.find((fragment) => fragment);
}

/** Epoch 0, message 0, a ClientHello. */
function helloFragment({ type, epoch, body }: DtlsRecord): HelloFragment | undefined {
  if (type !== HANDSHAKE || epoch !== 0 || body.length < MESSAGE_HEADER_BYTES) return undefined;
  if (body[0] !== CLIENT_HELLO || body.readUInt16BE(4) !== 0) return undefined;
  const messageBytes = body.readUIntBE(1, 3);
  if (body.readUIntBE(6, 3) !== 0) return { messageBytes, random: undefined };
  const begin = MESSAGE_HEADER_BYTES + RANDOM_AT;
  // No client cuts its hello within the random; a first piece that small begins nothing.
  if (body.length < begin + RANDOM_BYTES) return undefined;
  return { messageBytes, random: body.toString('latin1', begin, begin + RANDOM_BYTES) };
}
