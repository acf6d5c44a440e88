/** What a token lets its bearer do: speak for a masjid, listen to it, or run the server. */
export const ROLES = ['broadcaster', 'listener', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls, as a verified token says. */
export interface Actor {
  readonly role: Role;
  /** `sub`: whom the token was made for. */
  readonly sub: string;
  /** The only broadcast that the token is for; an admin has none. */
  readonly masjidId: string | undefined;
  /** `jti`: finds the line of the audit log that tells who made the token. */
  readonly jti: string;
  /** The key that signed it. */
  readonly kid: string;
}
