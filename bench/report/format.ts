/** A number with three significant digits and no exponent; a dash for none. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toLocaleString('en-US');
  if (magnitude >= 10) return value.toFixed(1);
  return magnitude === 0 ? '0' : value.toFixed(2);
}

/** A whole number of things. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function percent(value: number): string {
  if (value === 0) return '0';
  return value < 0.01 ? '< 0.01' : value.toFixed(2);
}

export function times(value: number): string {
  return `${number(value)} ×`;
}

/** Several numbers in one cell. */
export function numbers(...values: readonly (number | undefined)[]): string {
  return values.map((value) => number(value)).join(' / ');
}
