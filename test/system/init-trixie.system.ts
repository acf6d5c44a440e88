import { tryOn } from './support/bare-system.js';

await tryOn('trixie', 'Debian 13');
