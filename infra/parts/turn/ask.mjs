import { createHmac } from 'node:crypto';
import { TurnClient, TurnRefusal } from './turn-client.mjs';

const TIMEOUT_MS = 2_000;
const CREDENTIAL_SECONDS = 120;
/** One of each kind that must never be reached through TURN. */
export const INTERNAL_PEERS = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '100.64.0.1', '1.1.1.1'];

/** As the relay mints them; by one of the three ways that apps are told of: TLS through nginx's port. */
function open(machine, transport, secret) {
  const username = `${Math.floor(machine.nowMs / 1_000) + CREDENTIAL_SECONDS}:doctor`;
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  const port = machine.port(transport === 'tls' ? 'HTTPS_PORT' : 'TURN_PORT');
  const server = { host: machine.address, port, transport, servername: machine.answer('TURN_DOMAIN') };
  return TurnClient.open(server, { username, credential }, TIMEOUT_MS);
}

/**
 * Allocates, tries where packets may go, and gives the allocation back.
 *
 * @param {'udp' | 'tcp' | 'tls'} transport
 * @returns {Promise<{ relayed: string, media: boolean, open: string[], firstAnswer: object }>} the relayed address and
 *   port, whether the relay's media may be reached, internal peers that may, and what it said before it saw credentials
 * @throws {Error} when there is no allocation
 */
export const relays = (machine, transport) =>
  machine.once(`turn ${transport}`, async () => {
    const client = await open(machine, transport, machine.value('TURN_SECRETS')[0]);
    try {
      const relayed = await client.allocate();
      const media = await client.allows(machine.address, machine.port('MEDIA_UDP_PORT_BASE'));
      const reached = [];
      for (const peer of INTERNAL_PEERS) if (await client.allows(peer, 80)) reached.push(peer);
      return { relayed, media, open: reached, firstAnswer: client.firstAnswer };
    } finally {
      await client.close();
    }
  });

/** @returns {Promise<number | undefined>} the code that a secret is refused with; undefined when it is taken */
export async function refusalOf(machine, secret) {
  const client = await open(machine, 'udp', secret);
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
