import type { PeerActor } from '../relay/relay.types.js';

/** What a field of an audit line holds; `?` where it may be missing. */
interface FieldTypes {
  text: string;
  'text?': string | undefined;
  texts: readonly string[];
  number: number;
  actor: PeerActor;
  'actor?': PeerActor | undefined;
}

type EventSchema = Readonly<Record<string, keyof FieldTypes>>;

/** Who asked, from where: part of all events that a call caused. */
const CALLER = { actor: 'actor?', address: 'text', userAgent: 'text?', requestId: 'text' } as const;
/** The broadcaster of a broadcast, by the call that brought it. */
const BROADCASTER = { masjidId: 'text', actor: 'actor?', address: 'text', requestId: 'text' } as const;

/** Every event of the audit log with its fields. docs/operations/audit-log.md explains them; a test holds the two together. */
export const AUDIT_EVENTS = {
  'broadcast.started': BROADCASTER,
  'broadcast.taken_over': { ...BROADCASTER, previousActor: 'actor?' },
  'broadcast.stopped': { ...BROADCASTER, durationSeconds: 'number', peakListeners: 'number' },
  'token.issued': {
    ...CALLER,
    role: 'text',
    subject: 'text',
    masjidId: 'text?',
    ttlSeconds: 'number',
    jti: 'text',
    kid: 'text',
  },
  'auth.denied': { ...CALLER, reason: 'text', method: 'text', route: 'text', masjidId: 'text?' },
  'status.read': CALLER,
  'maintenance.started': CALLER,
  'maintenance.ended': CALLER,
  'ban.started': { address: 'text', userAgent: 'text?', reason: 'text', durationSeconds: 'number' },
  'ban.ended': { address: 'text' },
  'bans.read': CALLER,
  'ban.lifted': { ...CALLER, bannedAddress: 'text', bannedUserAgent: 'text?' },
  'keys.replaced': { signingKid: 'text', kids: 'texts' },
} as const satisfies Readonly<Record<string, EventSchema>>;

export type AuditEventName = keyof typeof AUDIT_EVENTS;

type FieldsOf<Schema> = { readonly [Name in keyof Schema]: FieldTypes[Schema[Name] & keyof FieldTypes] };

/** The fields of one event, without its name. */
export type AuditFields<Name extends AuditEventName> = FieldsOf<(typeof AUDIT_EVENTS)[Name]>;

/** Something that somebody must be able to prove later. */
export type AuditEvent = { [Name in AuditEventName]: { readonly event: Name } & AuditFields<Name> }[AuditEventName];
