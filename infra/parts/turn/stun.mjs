import { createHash, createHmac } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** Messages of STUN (RFC 8489) and TURN (RFC 8656), as far as a test of a TURN server needs them. */
export const METHOD = { allocate: 0x003, refresh: 0x004, createPermission: 0x008, channelBind: 0x009 };
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  peerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  relayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
};

const MAGIC = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;

/** @typedef {{ username: string, password: string, realm: string, nonce: Buffer }} Login */

/**
 * A request, signed when there is a login.
 *
 * @param {number} method
 * @param {Buffer} transactionId 12 bytes
 * @param {readonly [type: number, value: Buffer][]} attributes
 * @param {Login} [login] long-term credential
 * @returns {Buffer}
 */
export function encodeRequest(method, transactionId, attributes, login) {
  const signed = login && [
    [ATTRIBUTE.username, Buffer.from(login.username)],
    [ATTRIBUTE.realm, Buffer.from(login.realm)],
    [ATTRIBUTE.nonce, login.nonce],
  ];
  const body = Buffer.concat([...attributes, ...(signed ?? [])].map(([type, value]) => encodeAttribute(type, value)));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(method, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(MAGIC, 4);
  transactionId.copy(header, 8);
  if (login === undefined) return Buffer.concat([header, body]);
  // The signature covers a length that already counts it.
  header.writeUInt16BE(body.length + INTEGRITY_BYTES, 2);
  const key = createHash('md5').update(`${login.username}:${login.realm}:${login.password}`).digest();
  const unsigned = Buffer.concat([header, body]);
  const signature = createHmac('sha1', key).update(unsigned).digest();
  return Buffer.concat([unsigned, encodeAttribute(ATTRIBUTE.messageIntegrity, signature)]);
}

/** @returns {{ ok: boolean, attributes: Map<number, Buffer>, errorCode: number | undefined }} */
export function decodeResponse(message) {
  const attributes = new Map();
  for (let at = HEADER_BYTES; at + 4 <= message.length;) {
    const length = message.readUInt16BE(at + 2);
    attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  const error = attributes.get(ATTRIBUTE.errorCode);
  return {
    ok: (message.readUInt16BE(0) & 0x0110) === 0x0100,
    attributes,
    errorCode: error && error[2] * 100 + error[3],
  };
}

/**
 * The value of an XOR-PEER-ADDRESS (RFC 8489, 14.2).
 *
 * @param {string} address IPv4 or IPv6
 * @param {number} port
 * @param {Buffer} transactionId of the request that it goes into
 */
export function encodePeer(address, port, transactionId) {
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const mask = Buffer.concat([uint32(MAGIC), transactionId]);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC >>> 16), 2);
  bytes.forEach((byte, index) => value.writeUInt8(byte ^ mask[index], 4 + index));
  return value;
}

function ipv6Bytes(address) {
  // A URL writes an address with hexadecimal groups only, and one "::" at most.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text) => (text ? text.split(':') : []);
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** `address:port` of an XOR-RELAYED-ADDRESS, IPv4. */
export function decodeIpv4Address(value) {
  const port = value.readUInt16BE(2) ^ (MAGIC >>> 16);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((value.readUInt32BE(4) ^ MAGIC) >>> 0);
  return `${[...bytes].join('.')}:${port}`;
}

export const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function encodeAttribute(type, value) {
  const out = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  out.writeUInt16BE(type, 0);
  out.writeUInt16BE(value.length, 2);
  value.copy(out, 4);
  return out;
}
