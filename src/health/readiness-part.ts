/** One thing that the server needs to take broadcasts and listeners. */
export interface ReadinessPart {
  /** Shown to everyone. */
  readonly name: string;
  /**
   * Resolves when it is well.
   *
   * @param signal aborted when the check has taken too long
   * @throws Error with the reason, which goes to the log alone
   */
  readonly check: (signal: AbortSignal) => Promise<void> | void;
}
