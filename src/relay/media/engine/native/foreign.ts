import type Koffi from 'koffi';
import { assertOpenSsl } from './openssl-version.js';

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

/**
 * Declares a C function, once. Calls are synchronous, and no C function is ever given one of JavaScript to call: an
 * exception inside it could not be told to C.
 *
 * @param signature as in C, such as `int BIO_read(void *bio, void *data, int length)`
 * @throws Error when the program does not have it
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- C's types are those of the declaration
export function foreign<Call extends (...args: never[]) => unknown>(signature: string): Call {
  try {
    return program.func(signature) as unknown as Call;
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
