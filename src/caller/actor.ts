import type { PeerActor } from '../relay/relay.types.js';

/** What a token lets its bearer do: speak for a masjid, listen to it, or run the server. */
export const ROLES = ['broadcaster', 'listener', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls, as a verified token says. */
export interface Actor extends PeerActor {
  readonly role: Role;
}
