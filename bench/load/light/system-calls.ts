import { reserve } from '../../../src/relay/media/engine/native/memory.js';
import { foreign } from '../../../src/relay/media/engine/native/foreign.js';

/** What thousands of sockets in one process need of Linux beside what the engine uses. */

export const getsockname = foreign('int getsockname(int fd, uint8_t *address, uint8_t *length)');
export const epoll_create1 = foreign('int epoll_create1(int flags)');
export const epoll_ctl = foreign('int epoll_ctl(int epoll, int operation, int fd, uint8_t *event)');
export const epoll_wait = foreign('int epoll_wait(int epoll, uint8_t *events, int count, int timeoutMs)');
export const poll = foreign('int poll(uint8_t *fds, size_t count, int timeoutMs)');
const clock_gettime = foreign('int clock_gettime(int clock, uint8_t *time)');
const uv_default_loop = foreign('void *uv_default_loop()');
const uv_backend_fd = foreign('int uv_backend_fd(void *loop)');

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CLOEXEC = 0x80000;
export const EPOLLIN = 1;
/** `struct epoll_event` {events, data}, which x86-64 alone packs. */
export const EPOLL_EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
export const EPOLL_DATA_AT = EPOLL_EVENT_BYTES - 8;
/** `struct pollfd` {fd, events, revents} */
export const POLLFD_BYTES = 8;
export const POLLIN = 1;
/** The kernel notes when each datagram came: control message of a `struct timespec`, by the clock of the day. */
export const SO_TIMESTAMPNS = 35;
export const TIMESTAMP_CONTROL_BYTES = 32;
export const TIMESTAMP_AT = 16;

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const time = reserve(16);

/** Readable whenever something that the event loop of Node.js waits for has happened. */
export function eventLoopFd(): number {
  return uv_backend_fd(uv_default_loop());
}

/** What to add to milliseconds of the clock of the day for those of CLOCK_MONOTONIC. */
export function monotonicMinusRealtimeMs(): number {
  return clockMs(CLOCK_MONOTONIC) - clockMs(CLOCK_REALTIME);
}

function clockMs(clock: number): number {
  clock_gettime(clock, time.address);
  return timespecMs(time.bytes, 0);
}

export function timespecMs(memory: Buffer, at: number): number {
  return memory.readUIntLE(at, 6) * 1e3 + memory.readUInt32LE(at + 8) / 1e6;
}
