/** The `code` of a system error, the words of others. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

/** What to tell whoever runs the relay. */
export function cannotBind(port: number, cause: unknown): Error {
  const reason = codeOf(cause);
  const advice =
    reason === 'EADDRNOTAVAIL'
      ? 'set MEDIA_BIND_ADDRESS to an address of this machine'
      : 'end the program that uses it, or set MEDIA_UDP_PORT_BASE or MEDIA_BIND_ADDRESS';
  return new Error(`UDP port ${port} cannot be bound (${reason}): ${advice}`, { cause });
}
