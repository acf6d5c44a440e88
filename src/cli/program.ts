/**
 * Runs a program that a person starts in a terminal.
 *
 * @param read its arguments, undefined when help is wanted; throws Error with one line that says what is wrong with them
 * @returns the exit code: 0 after the help, 2 for wrong arguments, else what `run` says
 */
export async function runProgram<Options>(
  help: string,
  read: () => Options | undefined,
  run: (options: Options) => number | Promise<number>,
): Promise<number> {
  let options: Options | undefined;
  try {
    options = read();
  } catch (error) {
    console.error(`${(error as Error).message} See --help.`);
    return 2;
  }
  if (options !== undefined) return run(options);
  console.log(help);
  return 0;
}
