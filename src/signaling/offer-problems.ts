const MAX_VERSION_LENGTH = 256;

/** What is wrong with a `version`, as the end of a sentence about it; undefined when nothing is. */
export function versionProblem(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must be a finite number';
  if (typeof value !== 'string') return 'must be a string or a number, or left out';
  return value.length > MAX_VERSION_LENGTH ? `must be at most ${MAX_VERSION_LENGTH} characters long` : undefined;
}

/** What is wrong with an `sdp` in either of its forms; what the SDP itself says, and how long it may be, the relay judges. */
export function sdpProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return sdpTextProblem(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an offer: {"type":"offer","sdp":"v=0…"}, or the SDP text itself';
  }
  const { type, sdp } = value as { readonly type?: unknown; readonly sdp?: unknown };
  if (type === 'answer' || type === 'pranswer') return 'is an answer, but must be an offer';
  if (type !== 'offer') return 'must have the type "offer"';
  return typeof sdp === 'string' ? sdpTextProblem(sdp) : 'must hold the SDP text in its member "sdp"';
}

function sdpTextProblem(text: string): string | undefined {
  return text === '' ? 'is empty' : undefined;
}
