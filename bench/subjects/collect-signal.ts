/** Of no other use to the server. */
export const COLLECT_SIGNAL = 'SIGPWR';
