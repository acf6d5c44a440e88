/** The environment cannot be used: one problem a bad variable, each a line that names it and says what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`configuration: ${problems.join('; ')}`);
  }
}
