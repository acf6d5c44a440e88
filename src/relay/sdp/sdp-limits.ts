/** Bounds on an offer. The fullest offer of a browser (audio, video, data) has about 7 kB and 200 lines. */
export const MAX_SDP_BYTES = 65_536;
export const MAX_SDP_LINES = 2_000;
export const MAX_LINE_CHARACTERS = 4_096;
export const MAX_SECTIONS = 16;
export const MAX_FORMATS = 256;
export const MAX_CANDIDATES = 256;
export const MAX_FINGERPRINTS = 8;
