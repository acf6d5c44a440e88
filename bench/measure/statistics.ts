/** The value that the share `fraction` (0–1) of all values stays within (nearest rank); undefined when there is none. */
export function percentile(values: readonly number[], fraction: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)];
}
