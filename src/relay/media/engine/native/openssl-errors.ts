import { foreign } from './foreign.js';
import { reserve } from './memory.js';

const TEXT_BYTES = 256;

/** To be called before every call whose error is asked for: the queue is one for the thread, and node:crypto uses it too. */
export const clearErrors = foreign('void ERR_clear_error()');

const getError = foreign('unsigned long ERR_get_error()');
const errorString = foreign('void ERR_error_string_n(unsigned long code, uint8_t *text, size_t length)');
const text = reserve(TEXT_BYTES);

/** The oldest error in the queue, such as `error:0A000412:SSL routines::sslv3 alert bad certificate`. */
export function takeError(): string {
  errorString(getError(), text.address, TEXT_BYTES);
  return text.bytes.toString('latin1', 0, text.bytes.indexOf(0));
}

/** @throws Error with OpenSSL's words, when a call that returns 1 for success did not */
export function must(result: number, what: string): void {
  if (result !== 1) throw new Error(`${what}: ${takeError()}`);
}
