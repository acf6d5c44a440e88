import type { WorkerEvent } from '../media-protocol.js';

const ONCE_A_SECOND_MS = 1_000;
/** More than a worker has peers; beyond them all begin anew. */
const MAX_SUBJECTS = 10_000;

type Fields = (WorkerEvent & { readonly type: 'log' })['fields'];

/** Tells of defects in the handling of packets, once a second for each subject: packets come many times a second. */
export class DefectLog {
  private readonly toldAtMs = new Map<string, number>();

  constructor(
    private readonly emit: (event: WorkerEvent) => void,
    private readonly nowMs: () => number,
  ) {}

  /** @param subject the peer or broadcast whose packet was lost by it */
  tell(subject: string, message: string, fields: Fields, error: unknown): void {
    const now = this.nowMs();
    if (now - (this.toldAtMs.get(subject) ?? -Infinity) < ONCE_A_SECOND_MS) return;
    if (this.toldAtMs.size === MAX_SUBJECTS) this.toldAtMs.clear();
    this.toldAtMs.set(subject, now);
    this.emit({ type: 'log', level: 'error', message, fields: { ...fields, error: String(error) } });
  }
}
