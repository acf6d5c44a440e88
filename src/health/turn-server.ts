export interface TurnAddress {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

const TURN_PORT = 3478;
const TURNS_PORT = 5349;

/** Where a `turn:` or `turns:` URI (RFC 7065) leads to; `turns:` is TLS over TCP here. */
export function turnAddress(uri: string): TurnAddress {
  const [, scheme, host = '', port, transport] =
    /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(\w+))?$/i.exec(uri) ?? [];
  const isTls = scheme?.toLowerCase() === 'turns';
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (isTls ? TURNS_PORT : TURN_PORT) : Number(port),
    transport: isTls || transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
  };
}

/** The one to ask whether it is there: the first over UDP, which answers a question; else the first. */
export function turnAddressToProbe(uris: readonly string[]): TurnAddress | undefined {
  const addresses = uris.map(turnAddress);
  return addresses.find(({ transport }) => transport === 'udp') ?? addresses[0];
}
