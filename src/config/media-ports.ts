/** The most media workers, and so the UDP ports that a firewall opens for them: 49152–49167 by default. */
export const MEDIA_PORTS = 16;
