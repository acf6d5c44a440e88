import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { TurnClient, TurnRefusal } from '../../parts/turn/turn-client.mjs';
import { ATTRIBUTE, decodeResponse, encodeRequest, METHOD } from '../../parts/turn/stun.mjs';

const TIMEOUT_MS = 2_000;
const CREDENTIAL_SECONDS = 120;
const UDP_PROTOCOL = 17;
const FORBIDDEN = 403;
/** Attributes of RFC 8489 that tell how coturn is set up. */
export const SOFTWARE = 0x8022;
export const FINGERPRINT = 0x8028;
/** One of each kind that must never be reached through TURN. */
export const INTERNAL_PEERS = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '100.64.0.1', '1.1.1.1'];

/** As the relay mints them. */
export function credential(machine, secret = machine.value('TURN_SECRETS')[0]) {
  const username = `${Math.floor(machine.nowMs / 1_000) + CREDENTIAL_SECONDS}:doctor`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

/** The three ways that apps are told of; TLS through nginx's port. */
export function serverAddress(machine, transport) {
  const port = machine.port(transport === 'tls' ? 'HTTPS_PORT' : 'TURN_PORT');
  return { host: machine.address, port, transport, servername: machine.answer('TURN_DOMAIN') };
}

/**
 * Allocates, tries where packets may go, and gives the allocation back.
 *
 * @param {'udp' | 'tcp' | 'tls'} transport
 * @returns {Promise<{ relayed: string, media: boolean, open: string[] }>} the relayed address and port, whether the
 *   relay's media may be reached, and internal peers that may
 * @throws {Error} when there is no allocation
 */
export const relays = (machine, transport) =>
  machine.once(`turn ${transport}`, async () => {
    const client = await TurnClient.open(serverAddress(machine, transport), credential(machine), TIMEOUT_MS);
    try {
      const relayed = await client.allocate();
      const media = await isAllowed(client, machine.address, machine.port('MEDIA_UDP_PORT_BASE'));
      const open = [];
      for (const peer of INTERNAL_PEERS) if (await isAllowed(client, peer, 80)) open.push(peer);
      return { relayed, media, open };
    } finally {
      await client.close();
    }
  });

/** @returns {Promise<number | undefined>} the code that an allocation is refused with; undefined when it is granted */
export async function refusalOf(machine, login) {
  const client = await TurnClient.open(serverAddress(machine, 'udp'), login, TIMEOUT_MS);
  try {
    await client.allocate();
    return undefined;
  } catch (error) {
    if (error instanceof TurnRefusal) return error.code;
    throw error;
  } finally {
    await client.close();
  }
}

async function isAllowed(client, address, port) {
  try {
    await client.createPermission(address, port);
    return true;
  } catch (error) {
    if (error instanceof TurnRefusal && error.code === FORBIDDEN) return false;
    throw error;
  }
}

/** What coturn answers to whoever shows no credentials, over UDP. @throws {Error} when it does not answer */
export const challenge = (machine) =>
  machine.once('turn challenge', () => {
    const { host, port } = serverAddress(machine, 'udp');
    const socket = createSocket('udp4');
    const request = encodeRequest(METHOD.allocate, randomBytes(12), [
      [ATTRIBUTE.requestedTransport, Buffer.from([UDP_PROTOCOL, 0, 0, 0])],
    ]);
    return new Promise((done, fail) => {
      const deadline = setTimeout(() => fail(new Error(`no answer from udp ${port}`)), TIMEOUT_MS);
      socket.once('message', (message) => {
        clearTimeout(deadline);
        done(decodeResponse(message));
      });
      socket.once('error', fail);
      socket.send(request, port, host);
    }).finally(() => socket.close());
  });
