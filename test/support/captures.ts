import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'captures');
/** Of an entry: its kind, and how many bytes follow. */
const HEADER_BYTES = 3;

/** As it came off the wire, or, of what was encrypted, as it was found inside. */
export const CAPTURED = { wire: 0, opened: 1 } as const;
export type CapturedKind = (typeof CAPTURED)[keyof typeof CAPTURED];

export interface Captured {
  readonly kind: CapturedKind;
  readonly bytes: Buffer;
}

/** @param name such as `chromium-listener` */
export function writeCapture(name: string, datagrams: readonly Captured[]): void {
  const entries = datagrams.map(({ kind, bytes }) => {
    const header = Buffer.from([kind, bytes.length >> 8, bytes.length & 0xff]);
    return Buffer.concat([header, bytes]);
  });
  writeFileSync(join(FOLDER, `${name}.bin`), Buffer.concat(entries));
}

/** What real clients sent to a relay, by client and role. Their passwords and keys are lost. */
export function readCaptures(): ReadonlyMap<string, readonly Captured[]> {
  const files = globSync('*.bin', { cwd: FOLDER }).sort();
  return new Map(files.map((file) => [basename(file, '.bin'), entriesOf(readFileSync(join(FOLDER, file)))]));
}

function entriesOf(file: Buffer): Captured[] {
  const entries: Captured[] = [];
  for (let at = 0; at < file.length;) {
    const end = at + HEADER_BYTES + file.readUInt16BE(at + 1);
    entries.push({ kind: file.readUInt8(at) as CapturedKind, bytes: file.subarray(at + HEADER_BYTES, end) });
    at = end;
  }
  return entries;
}
