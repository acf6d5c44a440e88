import { randomBytes } from 'node:crypto';

/** Versions on the wire (RFC 6347, 4.1). */
export const DTLS_1_0 = 0xfeff;
export const DTLS_1_2 = 0xfefd;

/** What browsers offer first: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256. */
const MODERN_SUITES = [0xc02b, 0xc02c];
/** SRTP_AEAD_AES_128_GCM (RFC 7714), SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764). */
const SRTP_PROFILES = [0x0007, 0x0001];
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSIONS = { supportedGroups: 10, pointFormats: 11, signatureAlgorithms: 13, useSrtp: 14, masterSecret: 23 };

export interface ClientHelloOptions {
  readonly version?: number;
  /** IANA numbers. */
  readonly cipherSuites?: readonly number[];
  readonly srtpProfiles?: readonly number[];
}

/** A ClientHello of DTLS-SRTP that a server can go on with, as one record of epoch 0 (RFC 6347, 4.1, 4.2.2). */
export function dtlsClientHello(options: ClientHelloOptions = {}): Buffer {
  const body = helloBody(options);
  const message = Buffer.concat([
    Buffer.from([CLIENT_HELLO]),
    uint24(body.length),
    uint16s([0]),
    uint24(0),
    vector24(body),
  ]);
  const epochAndSequence = Buffer.alloc(8);
  return Buffer.concat([
    Buffer.from([HANDSHAKE]),
    uint16s([options.version ?? DTLS_1_2]),
    epochAndSequence,
    vector16(message),
  ]);
}

/**
 * One that spans two datagrams, as those of browsers with post-quantum key shares do; both, each time that it is called, as
 * records with numbers of their own: the same hello, sent again.
 */
export function dtlsClientHelloInTwo(): () => readonly [first: Buffer, second: Buffer] {
  const hello = dtlsClientHello();
  let sequence = -2;
  return () => inTwoPieces(hello, Math.floor(hello.length / 2), (sequence += 2));
}

/** A ClientHello (or any single handshake message in one record) as two records, each a datagram (RFC 6347, 4.2.3). */
export function inTwoPieces(datagram: Buffer, cutAt: number, firstSequence: number): [Buffer, Buffer] {
  const header = datagram.subarray(0, 13);
  const message = datagram.subarray(13);
  const body = message.subarray(12);
  const piece = (from: number, to: number, sequence: number): Buffer => {
    const record = Buffer.from(header);
    record.writeUIntBE(sequence, 5, 6);
    record.writeUInt16BE(12 + to - from, 11);
    const head = Buffer.from(message.subarray(0, 12));
    head.writeUIntBE(from, 6, 3);
    head.writeUIntBE(to - from, 9, 3);
    return Buffer.concat([record, head, body.subarray(from, to)]);
  };
  return [piece(0, cutAt, firstSequence), piece(cutAt, body.length, firstSequence + 1)];
}

function helloBody({
  version = DTLS_1_2,
  cipherSuites = MODERN_SUITES,
  srtpProfiles = SRTP_PROFILES,
}: ClientHelloOptions): Buffer {
  const extensions = Buffer.concat([
    extension(EXTENSIONS.supportedGroups, vector16(uint16s([0x001d, 0x0017]))),
    extension(EXTENSIONS.pointFormats, Buffer.from([1, 0])),
    extension(EXTENSIONS.signatureAlgorithms, vector16(uint16s([0x0403, 0x0804, 0x0401, 0x0203]))),
    extension(EXTENSIONS.useSrtp, Buffer.concat([vector16(uint16s(srtpProfiles)), Buffer.from([0])])),
    extension(EXTENSIONS.masterSecret, Buffer.alloc(0)),
  ]);
  const noSessionAndNoCookie = Buffer.from([0, 0]);
  const noCompression = Buffer.from([1, 0]);
  return Buffer.concat([
    uint16s([version]),
    randomBytes(32),
    noSessionAndNoCookie,
    vector16(uint16s(cipherSuites)),
    noCompression,
    vector16(extensions),
  ]);
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([uint16s([type]), vector16(data)]);
}

/** A vector whose length stands before it in two bytes. */
function vector16(data: Buffer): Buffer {
  return Buffer.concat([uint16s([data.length]), data]);
}

function vector24(data: Buffer): Buffer {
  return Buffer.concat([uint24(data.length), data]);
}

function uint16s(values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 0xff])));
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}
