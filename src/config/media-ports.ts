/** UDP ports that are the server's, one for each media worker, and so the most workers: 49152–49167 by default. */
export const MEDIA_PORTS = 16;
