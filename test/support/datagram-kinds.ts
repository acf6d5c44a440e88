/** What a datagram of a media transport is, by its first bytes (RFC 7983, 7; RFC 5761, 4). */

export function isStun([first = 255]: Buffer): boolean {
  return first <= 3;
}

export function isDtls([first = 0]: Buffer): boolean {
  return first >= 20 && first <= 63;
}

/** SRTP or SRTCP: what the two share is in the open, and so is what tells them apart. */
export function isSrtp(datagram: Buffer): boolean {
  return isMedia(datagram) && !isRtcpType(datagram);
}

export function isSrtcp(datagram: Buffer): boolean {
  return isMedia(datagram) && isRtcpType(datagram);
}

function isMedia([first = 0]: Buffer): boolean {
  return first >= 128 && first <= 191;
}

function isRtcpType([, type = 0]: Buffer): boolean {
  return type >= 192 && type <= 223;
}
