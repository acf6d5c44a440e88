import type Koffi from 'koffi';

/** An address, or null for C's NULL. */
export type Pointer = bigint | null;
/**
 * What C reads or writes during one call: an address, as a number where making a bigint for each packet would cost too much,
 * or a buffer that need not live longer than the call.
 */
export type Memory = Pointer | number | Buffer;

assertOpenSsl();
const koffi = await loadKoffi();
/** The program itself: `node` exports the functions of its OpenSSL for addons, and those of the C library. */
const program = koffi.load(null);

/** How JavaScript has a parameter of C's: handles are `void *` here, and `uint8_t *` is memory. */
type Argument<Declared extends string> = Declared extends `void *${string}`
  ? Pointer
  : Declared extends `uint8_t *${string}`
    ? Memory
    : Declared extends `const char *${string}`
      ? string | null
      : Declared extends `uint64_t ${string}`
        ? bigint
        : Declared extends `unsigned long ${string}`
          ? number | bigint
          : Declared extends `${'int' | 'long' | 'size_t' | 'uint32_t'} ${string}`
            ? number
            : never;
type Arguments<List extends string> = List extends ''
  ? []
  : List extends `${infer First}, ${infer Others}`
    ? [Argument<First>, ...Arguments<Others>]
    : [Argument<List>];
type Result<Declared extends string> = Declared extends `void *${string}`
  ? Pointer
  : Declared extends `void ${string}`
    ? undefined
    : Declared extends `${'int' | 'size_t'} ${string}`
      ? number
      : number | bigint;
/** What `int f(void *ssl, uint8_t *output, int length)` is in JavaScript. */
export type Call<Signature extends string> = Signature extends `${infer Declared}(${infer List})`
  ? (...args: Arguments<List>) => Result<Declared>
  : never;

/**
 * Declares a C function, once. Calls are synchronous, and no C function is ever given one of JavaScript to call: an
 * exception inside it could not be told to C.
 *
 * @param signature as in C, such as `int SSL_read(void *ssl, uint8_t *output, int length)`
 * @throws Error when the program does not have it
 */
export function foreign<Signature extends string>(signature: Signature): Call<Signature> {
  try {
    return program.func(signature) as unknown as Call<Signature>;
  } catch (error) {
    throw new Error(`This Node.js does not export a function that the media engine needs: ${signature}`, {
      cause: error,
    });
  }
}

/** The address of a C function, to hand to other C functions. */
export function addressOfFunction(name: string): bigint {
  return program.symbol(name) as bigint;
}

/** Only of memory that is never collected. */
export function addressOf(bytes: Buffer): bigint {
  return koffi.address(bytes);
}

/** The unsigned 64-bit number at an address of C's. */
export function readUint64(address: bigint): bigint {
  return BigInt(koffi.decode(address, 'uint64') as number | bigint);
}

/** The `errno` that the last call left behind. */
export function errno(): number {
  return koffi.errno();
}

/** @throws Error when the runtime brings another TLS library than the engine was written for */
export function assertOpenSsl(version: string = process.versions.openssl): void {
  // In another major version, or in BoringSSL, as in Electron, which calls itself 0.0.0 or 1.1.1, calls may mean something else.
  if (version.startsWith('3.')) return;
  throw new Error(
    `The media engine needs a Node.js with OpenSSL 3, and this one has ${version}: use the version that .nvmrc names.`,
  );
}

async function loadKoffi(): Promise<typeof Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (error) {
    throw new Error(
      `The media engine needs the package koffi with its binary for ${process.platform} ${process.arch}: run npm ci without --omit=optional.`,
      { cause: error },
    );
  }
}
