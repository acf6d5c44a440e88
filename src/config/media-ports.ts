/**
 * UDP ports of all media workers together, and so the most workers: 49152–49167 by default. The engine walks all peers of a
 * port whenever one of them is heard, so several ports with fewer peers each cost less, and an address that a vanished peer
 * holds is met more rarely.
 */
export const MEDIA_PORTS = 16;
