import process from 'node:process';

// The commands of this directory are programs of their own: they have no AppConfig, only what the shell gives them.

/** `AZAAN_TOKEN`: a token in the environment stays out of the process list and of the shell's history. */
export function tokenFromEnvironment(): string | undefined {
  // eslint-disable-next-line no-restricted-properties -- see above
  const token = process.env['AZAAN_TOKEN'];
  return token === '' ? undefined : token;
}

/** What a child process gets: everything that this one has, and `additions` over it. */
export function childEnvironment(additions: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- see above
  return { ...process.env, ...additions };
}
