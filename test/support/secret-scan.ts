/** What a secret looks like in a file. */
const SECRETS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]/],
  ['a JWT', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Slack token or hook', /\bxox[abposr]-[\w-]{10,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ['a Google API key', /\bAIza[\w-]{35}\b/],
  ['credentials in a URL', /\b[a-z][a-z\d+.-]*:\/\/[^\s/:@'"`$<>{}]+:[^\s/:@'"`$<>{}]{8,}@/],
];

/** `JWT_KEYS=kid:…`, `"secret": "…"` and the like; what is secret about it is in the group. */
const NAMED_VALUE =
  /(?:secrets?|passw(?:or)?d|api_?key|private_?key|jwt_keys|token)["']?\s*[=:]\s*["'`]?(?:[\w.-]{1,64}:)?([\w+/-]{24,}={0,2})/gi;
const PRINTABLE = /^[\x20-\x7e]*$/;

export interface FoundSecret {
  readonly kind: string;
  readonly line: number;
}

/** Where a text holds what looks like a secret; the secret itself is not repeated. */
export function findSecrets(text: string): FoundSecret[] {
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length;
  const known = SECRETS.flatMap(([kind, pattern]) =>
    [...text.matchAll(new RegExp(pattern, 'g'))].map(({ index }) => ({ kind, line: lineAt(index) })),
  );
  const named = [...text.matchAll(NAMED_VALUE)]
    .filter(([, value]) => looksRandom(value!))
    .map(({ index }) => ({ kind: 'a value of something secret', line: lineAt(index) }));
  return [...known, ...named];
}

/** Letters of both cases and digits; and base64 of what a person wrote is a placeholder. */
function looksRandom(value: string): boolean {
  const mixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
  return mixed && !PRINTABLE.test(Buffer.from(value, 'base64').toString('latin1'));
}
