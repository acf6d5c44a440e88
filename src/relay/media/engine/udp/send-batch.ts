/** "Send N datagrams": for each `next`, write, `commit`; at the end `flush`. A slot that is not committed is given out again. */
export interface SendBatch {
  begin(datagramBytes: number): void;
  next(): number;
  commit(length: number, sockaddr: Uint32Array, at: number, sockaddrBytes: number): void;
  flush(): void;
}
