/** Why an offer can be refused, by HTTP status, for the API documentation. */
export const OFFER_REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body or the SDP is malformed.',
  413: 'The body is larger than 64 kB.',
  415: 'The body is neither JSON nor a form.',
  422: 'The offer holds no usable Opus audio.',
  429: 'This address calls too often, or failed too often; Retry-After says when to try again.',
  503: 'A limit is reached, or the server is stopping; Retry-After says when to try again.',
};

/** Why a token can be refused, the same way. */
export const TOKEN_REFUSALS: Readonly<Record<number, string>> = {
  401: 'A token is missing, or the one that was sent is not valid.',
  403: 'The token is of another role, or for another masjid.',
};
