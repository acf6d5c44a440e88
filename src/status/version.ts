import { readFileSync } from 'node:fs';

/** `package.json` of the package, from `src/status` and `dist/status` alike. */
const PACKAGE_JSON = new URL('../../package.json', import.meta.url);

/** Of this server. */
export const VERSION = (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { readonly version: string }).version;
