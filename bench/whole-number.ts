/** @throws Error naming the option, when its value is missing or not a whole number from 1 to `max` */
export function wholeNumber(option: string, text: string | undefined, max: number): number {
  const value = Number(text);
  if (text === undefined || !/^\d+$/.test(text) || value < 1 || value > max) {
    throw new Error(`--${option} must be a whole number from 1 to ${max}`);
  }
  return value;
}
