/** Whom a datagram goes to. */
export interface Destination {
  readonly sockaddr: Buffer;
  readonly address: string;
  readonly port: number;
}

/** One of our own addresses. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /**
   * @param datagram is the caller's again once this returns
   * @returns false when the system refused it
   */
  send(datagram: Buffer, to: Destination): boolean;
}
