/**
 * What all commands of the terminal do alike: the help, and one line about arguments that are wrong.
 *
 * @param read undefined when help is asked for; throws an Error with one line that says what is wrong with the arguments
 * @param run with what was read; resolves to the exit code
 * @returns the exit code: 0 after the help, 2 for wrong arguments
 */
export async function runCommand<Arguments>(
  help: string,
  read: () => Arguments | undefined,
  run: (values: Arguments) => Promise<number>,
): Promise<number> {
  let values: Arguments | undefined;
  try {
    values = read();
  } catch (error) {
    console.error(`${(error as Error).message} See --help.`);
    return 2;
  }
  if (values !== undefined) return run(values);
  console.log(help);
  return 0;
}
