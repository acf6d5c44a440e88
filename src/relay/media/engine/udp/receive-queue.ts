import { arenaBytes, arenaWords, reserve } from '../native/memory.js';
import { IOVEC_BYTES, MMSGHDR, MMSGHDR_BYTES, MSG_TRUNC, SOCKADDR_IN6_BYTES } from '../native/sockets.js';
import { isLinkLocalAt, portAt, SOCKET_ID_BYTES, writeSockaddr, type RemoteAddress } from './address.js';
import { Arrival, type Incoming } from './incoming.js';
import type { UdpSocket } from './route.js';
import { MAX_DATAGRAM_BYTES } from './send-batch.js';

/** What the smallest buffers of Linux hold: more waits there. */
const SLOTS = 512;
/** A cache line more than what is sent: who sends more than this sends nothing of ours. */
const SLOT_BYTES = MAX_DATAGRAM_BYTES + 64;
/** Of the number of our socket and a socket address of either family. */
const SENDER_BYTES = SOCKET_ID_BYTES + SOCKADDR_IN6_BYTES;

/** A socket as the queue sees it. */
export interface Receiver extends UdpSocket {
  readonly id: number;
  readonly isClosed: boolean;
  readonly owner: {
    readonly onDatagram: (datagram: Incoming) => void;
    readonly onError: (error: unknown) => void;
    /** In datagrams. */
    readonly counters: { received: number; truncated: number };
  };
}

/**
 * Datagrams of all sockets on their way to their handlers, first in, first out, in the memory that `recvmmsg` wrote them to.
 * Slots are used again once all are handed on, so that what a handler was given stays while more are read.
 */
const slots = reserve(SLOTS * SLOT_BYTES);
const messages = reserve(SLOTS * MMSGHDR_BYTES);
const vectors = reserve(SLOTS * IOVEC_BYTES);
const senders = reserve(SLOTS * SENDER_BYTES);
const receivers: Receiver[] = [];
const arrival = new Arrival();
let head = 0;
let tail = 0;
let later: NodeJS.Immediate | undefined;

for (let slot = 0; slot < SLOTS; slot += 1) {
  const message = slot * MMSGHDR_BYTES;
  const vector = slot * IOVEC_BYTES;
  const name = senders.address + BigInt(slot * SENDER_BYTES + SOCKET_ID_BYTES);
  messages.bytes.writeBigUInt64LE(name, message + MMSGHDR.name);
  messages.bytes.writeBigUInt64LE(vectors.address + BigInt(vector), message + MMSGHDR.iov);
  messages.bytes.writeBigUInt64LE(1n, message + MMSGHDR.iovLength);
  vectors.bytes.writeBigUInt64LE(slots.address + BigInt(slot * SLOT_BYTES), vector);
  vectors.bytes.writeBigUInt64LE(BigInt(SLOT_BYTES), vector + 8);
}

/** Takes one that `node:dgram` read. The queue must not be full. */
export function enqueue(receiver: Receiver, bytes: Buffer, from: RemoteAddress): void {
  // A zone is what link-local addresses have.
  if (from.address.includes('%')) return;
  bytes.copy(arenaBytes, slots.offset + tail * SLOT_BYTES, 0, SLOT_BYTES);
  arenaWords[wordOf(tail, MMSGHDR.received)] = bytes.length;
  arenaWords[wordOf(tail, MMSGHDR.flags)] = bytes.length > SLOT_BYTES ? MSG_TRUNC : 0;
  writeSockaddr(arenaBytes, senderAt(tail), from);
  append(receiver);
}

/**
 * Takes what waits in the kernel.
 *
 * @param receive calls `recvmmsg` for so many `mmsghdr` from an address on
 * @param most datagrams
 * @returns how many came; 0 also when the queue is full
 */
export function readInto(
  receiver: Receiver,
  receive: (messages: bigint, most: number) => number,
  most: number,
): number {
  const room = Math.min(most, SLOTS - tail);
  for (let slot = tail; slot < tail + room; slot += 1)
    arenaWords[wordOf(slot, MMSGHDR.nameLength)] = SOCKADDR_IN6_BYTES;
  const count = room === 0 ? 0 : receive(messages.address + BigInt(tail * MMSGHDR_BYTES), room);
  for (let index = 0; index < count; index += 1) append(receiver);
  return Math.max(0, count);
}

/** Hands on all that wait, and what handlers read meanwhile. Must not be called by a handler. */
export function handOn(): void {
  while (head < tail) {
    const slot = head;
    head += 1;
    hand(slot);
  }
  head = 0;
  tail = 0;
}

/** The same, once whatever runs has returned. */
export function handOnLater(): void {
  if (head === tail) return;
  later ??= setImmediate(() => {
    later = undefined;
    handOn();
  });
}

function append(receiver: Receiver): void {
  receivers[tail] = receiver;
  arenaWords[(senderAt(tail) - SOCKET_ID_BYTES) / 4] = receiver.id;
  tail += 1;
}

function hand(slot: number): void {
  const receiver = receivers[slot];
  if (receiver === undefined || receiver.isClosed) return;
  const { counters, onDatagram, onError } = receiver.owner;
  if (((arenaWords[wordOf(slot, MMSGHDR.flags)] ?? 0) & MSG_TRUNC) !== 0) {
    counters.truncated += 1;
    return;
  }
  const length = arenaWords[wordOf(slot, MMSGHDR.received)] ?? 0;
  const sender = senderAt(slot);
  // Nobody can be answered at port 0, nor by us at an address that has a zone; and no protocol here has empty datagrams.
  if (length === 0 || portAt(arenaBytes, sender) === 0 || isLinkLocalAt(arenaBytes, sender)) return;
  counters.received += 1;
  const at = slots.offset + slot * SLOT_BYTES;
  arrival.set(receiver, arenaBytes.subarray(at, at + length), sender);
  try {
    onDatagram(arrival);
  } catch (error) {
    onError(error);
  }
}

/** Where in the arena the socket address of the sender is. */
function senderAt(slot: number): number {
  return senders.offset + slot * SENDER_BYTES + SOCKET_ID_BYTES;
}

function wordOf(slot: number, part: number): number {
  return (messages.offset + slot * MMSGHDR_BYTES + part) / 4;
}
