import type { RtpDropReason } from '../media-protocol.js';

/** What this worker did with packets, rising for its life. */
export class MediaCounters {
  rtpIn = 0;
  rtpOut = 0;
  rtpSendFailures = 0;
  readonly rtpDropped: Record<RtpDropReason, number> = {
    malformed: 0,
    oversized: 0,
    wrong_payload_type: 0,
    too_fast: 0,
    stale: 0,
    bus_overflow: 0,
  };
}
