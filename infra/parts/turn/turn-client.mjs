import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ATTRIBUTE, decodeIpv4Address, decodeResponse, encodePeer, encodeRequest, METHOD, uint32 } from './stun.mjs';

const RESEND_MS = 500;
const UDP_PROTOCOL = 17;
const IPV4_FAMILY = 1;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const STALE_NONCE = 438;
const FIRST_CHANNEL = 0x4000;

/** A TURN server said no. */
export class TurnRefusal extends Error {
  constructor(code) {
    super(`the server answers ${code}`);
    /** Error code of RFC 8656, such as 401 or 403. */
    this.code = code;
  }
}

/**
 * One allocation on a TURN server, to find out what it allows.
 *
 * @typedef {object} TurnServerAddress
 * @property {string} host name or address
 * @property {number} port
 * @property {'udp' | 'tcp' | 'tls'} transport
 * @property {string} [servername] of the certificate, where `host` is an address
 *
 * @typedef {{ username: string, credential: string }} Credential
 */
export class TurnClient {
  #login;
  #waiting = new Map();
  #channel = FIRST_CHANNEL;

  constructor(link, credential, timeoutMs) {
    this.link = link;
    this.credential = credential;
    this.timeoutMs = timeoutMs;
    link.onMessage = (message) => {
      this.#waiting.get(message.subarray(8, 20).toString('hex'))?.(message);
    };
  }

  /**
   * @param {TurnServerAddress} server
   * @param {Credential} credential
   * @param {number} timeoutMs of the connection, and of every request
   * @returns {Promise<TurnClient>}
   * @throws {Error} when there is no connection in time
   */
  static async open(server, credential, timeoutMs = 5_000) {
    const link = server.transport === 'udp' ? udpLink(server) : await streamLink(server, timeoutMs);
    return new TurnClient(link, credential, timeoutMs);
  }

  /**
   * @param {number} [protocol] between the server and peers, by its number
   * @param {number} [family] of the relayed address: 1, or 2 for IPv6
   * @returns {Promise<string>} the relayed `address:port`, where it is of IPv4
   * @throws {TurnRefusal}
   */
  async allocate(protocol = UDP_PROTOCOL, family = IPV4_FAMILY) {
    const { attributes } = await this.#signed(METHOD.allocate, () => [
      [ATTRIBUTE.requestedTransport, Buffer.from([protocol, 0, 0, 0])],
      ...(family === IPV4_FAMILY ? [] : [[ATTRIBUTE.requestedAddressFamily, Buffer.from([family, 0, 0, 0])]]),
    ]);
    return decodeIpv4Address(attributes.get(ATTRIBUTE.relayedAddress));
  }

  /** @throws {TurnRefusal} with 403 for a peer that is denied */
  async createPermission(address, port) {
    await this.#signed(METHOD.createPermission, (id) => [[ATTRIBUTE.peerAddress, encodePeer(address, port, id)]]);
  }

  /** @returns {Promise<boolean>} whether packets may go there @throws {TurnRefusal} for another reason than the peer */
  async allows(address, port) {
    try {
      await this.createPermission(address, port);
      return true;
    } catch (error) {
      if (error instanceof TurnRefusal && error.code === FORBIDDEN) return false;
      throw error;
    }
  }

  /** @returns {Promise<Buffer>} the channel's number, two bytes @throws {TurnRefusal} */
  async bindChannel(address, port) {
    const number = Buffer.from([this.#channel >> 8, this.#channel & 0xff, 0, 0]);
    this.#channel += 1;
    await this.#signed(METHOD.channelBind, (id) => [
      [ATTRIBUTE.channelNumber, number],
      [ATTRIBUTE.peerAddress, encodePeer(address, port, id)],
    ]);
    return number.subarray(0, 2);
  }

  /** Gives the allocation back. */
  async close() {
    if (this.#login !== undefined) {
      await this.#signed(METHOD.refresh, () => [[ATTRIBUTE.lifetime, uint32(0)]]).catch(() => undefined);
    }
    this.link.close();
  }

  /** The first request learns realm and nonce from its refusal; so does one whose nonce has become stale. */
  async #signed(method, attributes) {
    const first = await this.#request(method, attributes);
    /** What the server answers to whoever shows no credentials. */
    this.firstAnswer ??= first;
    if (first.ok) return first;
    if (first.errorCode !== UNAUTHORIZED && first.errorCode !== STALE_NONCE) throw new TurnRefusal(first.errorCode);
    const [realm, nonce] = [ATTRIBUTE.realm, ATTRIBUTE.nonce].map((type) => first.attributes.get(type));
    if (nonce === undefined || nonce.equals(this.#login?.nonce ?? Buffer.alloc(0)))
      throw new TurnRefusal(first.errorCode);
    const { username, credential: password } = this.credential;
    this.#login = { username, password, realm: realm?.toString() ?? '', nonce };
    const second = await this.#request(method, attributes);
    if (!second.ok) throw new TurnRefusal(second.errorCode);
    return second;
  }

  async #request(method, attributes) {
    const id = randomBytes(12);
    const message = encodeRequest(method, id, attributes(id), this.#login);
    const { promise, resolve, reject } = Promise.withResolvers();
    const deadline = setTimeout(() => reject(new Error(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
    const resend = setInterval(() => this.link.unreliable && this.link.send(message), RESEND_MS);
    this.#waiting.set(id.toString('hex'), resolve);
    this.link.send(message);
    try {
      return decodeResponse(await promise);
    } finally {
      clearTimeout(deadline);
      clearInterval(resend);
      this.#waiting.delete(id.toString('hex'));
    }
  }
}

function udpLink({ host, port }) {
  const socket = createSocket('udp4');
  const link = {
    unreliable: true,
    onMessage: () => undefined,
    send: (message) => socket.send(message, port, host),
    close: () => socket.close(),
  };
  socket.on('message', (message) => link.onMessage(message));
  // An address that does not resolve or answer ends in the deadline of the request.
  socket.on('error', () => undefined);
  return link;
}

/** Length of the frame that begins here: a message (RFC 8489, 5), or data of a channel (RFC 8656, 12.5). */
function frameBytes(received) {
  if (received.length < 4) return Infinity;
  const isChannelData = received[0] >= FIRST_CHANNEL >> 8;
  const bodyBytes = received.readUInt16BE(2);
  return isChannelData ? 4 + Math.ceil(bodyBytes / 4) * 4 : 20 + bodyBytes;
}

/** TCP or TLS. */
async function streamLink({ host, port, transport, servername = host }, timeoutMs) {
  const socket = transport === 'tls' ? connectTls({ host, port, servername }) : connect({ host, port });
  // After it is open, an error ends in the deadline of the request.
  socket.on('error', () => undefined);
  const deadline = setTimeout(() => socket.destroy(new Error(`not connected within ${timeoutMs} ms`)), timeoutMs);
  await once(socket, transport === 'tls' ? 'secureConnect' : 'connect').finally(() => clearTimeout(deadline));
  let received = Buffer.alloc(0);
  const link = {
    unreliable: false,
    onMessage: () => undefined,
    send: (message) => socket.write(message),
    close: () => socket.destroy(),
  };
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    for (let end = frameBytes(received); received.length >= end; end = frameBytes(received)) {
      link.onMessage(received.subarray(0, end));
      received = received.subarray(end);
    }
  });
  return link;
}
