const SECONDS_OF: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

/** Seconds from `90s`, `15m`, `12h` or `7d`; undefined when the text is nothing of the kind. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS_OF.get(unit);
  return seconds === undefined ? undefined : Number(count) * seconds;
}
