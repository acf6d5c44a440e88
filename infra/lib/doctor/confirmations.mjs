import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../../render/files.mjs';

const DEFAULT_DAYS = 180;
const DAY_MS = 86_400_000;
const FILE = '/var/lib/azaan/doctor.json';

/** What people have confirmed, and when: `{ confirmations: { [id]: { by, at } } }` in a file of the machine. */
export class Confirmations {
  #path;
  #nowMs;
  #given;

  /** @param {import('./machine.mjs').Machine} machine @throws {Error} when the file is not JSON */
  constructor(machine) {
    this.#path = machine.path(FILE);
    this.#nowMs = machine.nowMs;
    const text = machine.read(FILE);
    this.#given = text === undefined ? {} : JSON.parse(text).confirmations;
  }

  /** @returns {{ by: string, on: string, until: string, expired: boolean } | undefined} days as YYYY-MM-DD */
  of({ id, confirmedForDays = DEFAULT_DAYS }) {
    const given = this.#given[id];
    if (given === undefined) return undefined;
    const untilMs = Date.parse(given.at) + confirmedForDays * DAY_MS;
    return { by: given.by, on: dayOf(Date.parse(given.at)), until: dayOf(untilMs), expired: !(untilMs > this.#nowMs) };
  }

  /** Records that somebody confirms something now. @throws {Error} when the file may not be written */
  record(id, by) {
    this.#given = { ...this.#given, [id]: { by, at: new Date(this.#nowMs).toISOString() } };
    mkdirSync(dirname(this.#path), { recursive: true });
    replaceFile(this.#path, `${JSON.stringify({ confirmations: this.#given }, null, 2)}\n`, 0o644);
  }
}

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
